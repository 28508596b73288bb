package trivet

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// isEmail takes the addresses of RFC 5321 without quotes and address literals.
func isEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	return at > 0 && at <= 64 && isDotAtom(text[:at]) && isHostname(text[at+1:])
}

func isDotAtom(text string) bool {
	isAfterDot := true
	for i := range len(text) {
		isDot := text[i] == '.'
		if isDot && isAfterDot || !isDot && text[i] < 0x80 && !isTokenByte[text[i]] &&
			!strings.ContainsRune("/=?{}", rune(text[i])) {
			return false
		}
		isAfterDot = isDot
	}
	return !isAfterDot
}

// isHostname takes names of letters, digits and inner hyphens (RFC 1123).
func isHostname(text string) bool {
	if len(text) == 0 || len(text) > 253 {
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			b := label[i] | 0x20
			if (b < 'a' || b > 'z') && (label[i] < '0' || label[i] > '9') && label[i] != '-' {
				return false
			}
		}
	}
	return true
}

func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		b := text[i] | 0x20
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if text[i] != '-' {
				return false
			}
		case (text[i] < '0' || text[i] > '9') && (b < 'a' || b > 'f'):
			return false
		}
	}
	return true
}

// isURI takes absolute references (RFC 3986).
func isURI(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && parsed.Scheme != "" && (parsed.Host != "" || parsed.Opaque != "" ||
		parsed.Path != "") && !strings.ContainsAny(text, " <>\"{}|\\^`")
}

func isHTTPURL(text string) bool {
	parsed, err := url.Parse(text)
	return isURI(text) && err == nil && parsed.Host != "" &&
		(strings.EqualFold(parsed.Scheme, "http") || strings.EqualFold(parsed.Scheme, "https"))
}

func isIPv4(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

func isIPv6(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is6() && address.Zone() == ""
}

func isIP(text string) bool { return isIPv4(text) || isIPv6(text) }

func isTime(layout string) func(text string) bool {
	return func(text string) bool {
		_, err := time.Parse(layout, text)
		return err == nil
	}
}
