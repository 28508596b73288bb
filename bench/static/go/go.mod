module bench/trivet

go 1.24

require github.com/trivet/trivet/langs/go v0.0.0

replace github.com/trivet/trivet/langs/go => ../../../langs/go
