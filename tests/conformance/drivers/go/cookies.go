package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/trivet/trivet/langs/go"
)

func answerSetCookie(c *trivet.Ctx) error {
	flags := c.Query("flags")
	cookie := trivet.Cookie{
		Name: c.Query("name"), Value: c.Query("value"),
		Domain: c.Query("domain"), Path: c.Query("path"),
		Insecure:    strings.Contains(flags, "i"),
		Scripts:     strings.Contains(flags, "s"),
		Partitioned: strings.Contains(flags, "p"),
	}
	switch c.Query("same_site") {
	case "strict":
		cookie.SameSite = trivet.SameSiteStrict
	case "none":
		cookie.SameSite = trivet.SameSiteNone
	}
	if text, err := c.LookupQuery("expires"); err == nil {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return trivet.BadRequest("expires is not a number")
		}
		cookie.Expires = time.Unix(seconds, 0)
	}
	if text, err := c.LookupQuery("max_age"); err == nil {
		seconds, err := strconv.Atoi(text)
		if err != nil {
			return trivet.BadRequest("max_age is not a number")
		}
		if cookie.MaxAge = time.Duration(seconds) * time.Second; seconds == 0 {
			cookie.MaxAge = -time.Second // 0 is how Go says none
		}
	}
	return answerCookie(c, c.SetCookie(cookie))
}

func answerDeleteCookie(c *trivet.Ctx) error {
	return answerCookie(c, c.DeleteCookie(trivet.Cookie{
		Name: c.Query("name"), Domain: c.Query("domain"), Path: c.Query("path"),
	}))
}

func answerCookie(c *trivet.Ctx, err error) error {
	if err != nil {
		return answerError(c, err)
	}
	return c.Text("ok")
}
