module trivet-godoc

go 1.24
