module github.com/trivet/trivet/langs/go

go 1.24
