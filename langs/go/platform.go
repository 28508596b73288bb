package trivet

// Without cgo most files of this package are left out; this import says what is missing.
import _ "github.com/trivet/trivet/langs/go/internal/platform"
