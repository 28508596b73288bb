package trivet

import (
	"fmt"
	"iter"
	"sync/atomic"
)

// TokenFormat is how a [TokenStream] sends its tokens.
type TokenFormat string

// The formats of a [TokenStream].
const (
	TokensSSE    TokenFormat = "sse"    // an event for each token, and at the end one whose data is [DONE]
	TokensNDJSON TokenFormat = "ndjson" // each token, of any kind, as JSON on a line of its own
	TokensText   TokenFormat = "text"   // the tokens as they are, one behind the other
)

// TokenStream sends what a model says to the client as it comes, and counts it. A client that takes
// less than comes holds up the source. When it leaves, the source is stopped, and what that has deferred
// runs; one that waits for the model does so with the [Ctx], which is cancelled.
//
// The answer begins with the first token: an error of the source that comes before it is answered as
// that of any handler is, a later one breaks the answer off. So does a token that is none.
type TokenStream struct {
	source iter.Seq2[any, error]
	format TokenFormat
	isSent atomic.Bool
	count  atomic.Int64
}

// NewTokenStream makes a stream of the tokens of a source. A token is a string, or a []byte, which is sent
// as it is; an event must be UTF-8. Anything else gives [ErrArgument], but for [TokensNDJSON], where it
// becomes JSON.
func NewTokenStream(source iter.Seq2[any, error], format TokenFormat) *TokenStream {
	return &TokenStream{source: source, format: format}
}

// SSEStream is [NewTokenStream] with [TokensSSE]:
//
//	return trivet.SSEStream(trivet.Results(model.Ask(c, c.Query("q")))).Send(c)
func SSEStream(source iter.Seq2[any, error]) *TokenStream {
	return NewTokenStream(source, TokensSSE)
}

// Count returns how many tokens have been written so far. It may be called while they are, and
// afterwards.
func (s *TokenStream) Count() int64 { return s.count.Load() }

// Send answers a request with the tokens; once, then it gives [ErrState]. The options are for
// [TokensSSE].
func (s *TokenStream) Send(c *Ctx, options ...EventOption) error {
	if s.isSent.Swap(true) {
		return withDetail(ErrState, "the tokens have been sent")
	}
	var err error
	switch s.format {
	case TokensSSE:
		return s.sendEvents(newStream(c, options))
	case TokensNDJSON:
		return c.NDJSON(s.counted)
	case TokensText:
		_, err = c.streamEach(s.counted, contentTypes[contentText], tokenText)
	default:
		err = withDetail(ErrArgument, "the format of tokens is sse, ndjson or text, not %q", s.format)
	}
	return err
}

func (s *TokenStream) sendEvents(out *Stream) error {
	if out.c.Method() == "HEAD" {
		return out.Begin()
	}
	for token, err := range s.counted {
		if err == nil {
			if _, err = tokenText(token); err == nil {
				err = out.Send(token)
			}
		}
		if err != nil {
			return err
		}
	}
	return out.Send("[DONE]")
}

// counted is the source, of which each token counts when it has been written.
func (s *TokenStream) counted(yield func(any, error) bool) {
	for token, err := range s.source {
		if !yield(token, err) {
			return
		}
		s.count.Add(1)
	}
}

// tokenText is a token as text.
func tokenText(token any) ([]byte, error) {
	switch text := token.(type) {
	case string:
		return []byte(text), nil
	case []byte:
		return text, nil
	}
	return nil, withDetail(ErrArgument, "a token of %s is no text", fmt.Sprintf("%T", token))
}
