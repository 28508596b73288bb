package trivet

/*
#cgo noescape trivet_reply_post
#cgo nocallback trivet_reply_post
#cgo nocallback trivet_loop_wake
#include "bridge.h"
#include <stdlib.h>
*/
import "C"

import (
	"sync"
	"time"
	"unsafe"
)

// pool runs the handlers of one loop on goroutines and gathers their answers.
//
// Invariant: while queue is not empty, exactly one worker is searching: woken or started, and not
// yet at the queue. It takes one request and wakes the next searcher before it runs the handler.
// So handlers that do not block are all run by one worker, without a hand-over each, and one that
// blocks holds up nobody. The requests in flight, which connections_max bounds, bound the workers.
type pool struct {
	engine *C.struct_trivet_go_loop

	mu         sync.Mutex
	queue      []*Ctx
	head       int // queue[:head] is taken
	isSearched bool
	idle       []*worker       // parked, the warmest last
	idleUnused int             // how many of idle nobody needed since the last trim
	trim       *time.Timer     // runs while idle is not empty
	unanswered map[uint64]*Ctx // requests that outlived the batch they came with, for GONE
	records    []byte          // answers for the loop
	spare      []byte          // the other buffer of records
	steps      []byte          // of content in pieces, which the engine is to take in this order
	spareSteps []byte          // the other buffer of steps
	needsOwner bool            // some of records only the loop's thread can give
	tasks      []task          // for the loop's thread
	// isLoopAwake says that the loop looks at records and tasks before it waits in the kernel.
	isLoopAwake bool
	isPosting   bool // a worker is handing records to the waiting loop
	posted      sync.Cond
	// directories are names in the engine's hands, which reads them when it gets to a step.
	directories map[string]C.trivet_str
	isClosed    bool
}

// worker is one goroutine of the pool.
type worker struct {
	wake    chan bool // true: search the queue; false: end
	running *Ctx
	records []byte
}

const (
	// idleWorkersMax bounds the parked goroutines; more of them end at once.
	idleWorkersMax = 256
	// idleTrimPeriod is how long a worker stays parked that nobody needs.
	idleTrimPeriod = 10 * time.Second
)

func newPool(engine *C.struct_trivet_go_loop) *pool {
	p := &pool{engine: engine, isLoopAwake: true, unanswered: make(map[uint64]*Ctx)}
	p.posted.L = &p.mu
	return p
}

// push queues the requests of one batch. Loop thread only.
func (p *pool) push(batch []*Ctx) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.head*2 >= len(p.queue) {
		kept := copy(p.queue, p.queue[p.head:])
		clear(p.queue[kept:])
		p.queue, p.head = p.queue[:kept], 0
	}
	p.queue = append(p.queue, batch...)
	p.search()
}

// search keeps the invariant; the caller holds p.mu.
func (p *pool) search() {
	if p.isSearched || p.head == len(p.queue) {
		return
	}
	p.isSearched = true
	last := len(p.idle) - 1
	if last < 0 {
		go p.work(&worker{wake: make(chan bool, 1)})
		return
	}
	w := p.idle[last]
	p.idle = p.idle[:last]
	p.idleUnused = min(p.idleUnused, last)
	w.wake <- true
}

// take returns the next request, nil when there is none; the caller holds p.mu.
func (p *pool) take() *Ctx {
	if p.head == len(p.queue) {
		return nil
	}
	c := p.queue[p.head]
	p.queue[p.head] = nil
	p.head++
	return c
}

// work is the life of a worker, which begins as the searcher.
func (p *pool) work(w *worker) {
	defer func() {
		if w.running != nil { // the handler ended this goroutine with runtime.Goexit
			p.mu.Lock()
			p.deliver(w)
			p.mu.Unlock()
			w.running.followUp()
		}
	}()
	for {
		p.mu.Lock()
		p.isSearched = false
		w.running = p.take()
		p.search()
		p.mu.Unlock()
		for w.running != nil {
			w.running.run(&w.records)
			p.mu.Lock()
			p.deliver(w)
			if w.running.follow != nil {
				p.mu.Unlock()
				w.running.followUp()
				p.mu.Lock()
			}
			w.running = p.take()
			p.mu.Unlock()
		}
		if !p.park(w) || !<-w.wake {
			return
		}
	}
}

// deliver hands over the worker's answer; the caller holds p.mu.
func (p *pool) deliver(w *worker) {
	c := w.running
	c.isDone = true
	if c.isKnown {
		delete(p.unanswered, c.request)
	}
	if !p.isClosed {
		p.needsOwner = p.needsOwner || needsOwner(w.records)
		if len(p.records) == 0 { // spares a large answer one copy
			p.records, w.records = w.records, p.records
		} else {
			p.records = append(p.records, w.records...)
		}
		p.post()
	}
	w.records = reuse(w.records)
}

// post gives records and steps to a loop that waits in the kernel; the caller holds p.mu. While one
// worker is at it, the others only append.
func (p *pool) post() {
	for !p.isLoopAwake && !p.isPosting && !p.isClosed && len(p.records)+len(p.steps) > 0 {
		if p.needsOwner {
			p.wake()
			return
		}
		isPosted := false
		if len(p.steps) > 0 {
			isPosted = p.postSteps()
		} else {
			isPosted = p.postRecords()
		}
		if !isPosted && !p.isClosed { // the loop fetches them itself
			p.wake()
		}
	}
}

func (p *pool) postRecords() bool {
	records := p.records
	p.records, p.spare = p.spare, nil
	if !p.hand(records) {
		p.records = append(records, p.records...)
		return false
	}
	p.spare = reuse(records)
	return true
}

// postSteps is the only way of steps to the engine, from the loop's thread too: so they keep their
// order.
func (p *pool) postSteps() bool {
	steps := p.steps
	p.steps, p.spareSteps = p.spareSteps, nil
	if !p.hand(steps) {
		p.steps = append(steps, p.steps...)
		return false
	}
	p.spareSteps = reuseUpTo(steps, stepBufferBytesMax)
	return true
}

// hand gives packed records to the engine, without p.mu meanwhile. False when it is full or out of
// memory, and has taken nothing.
func (p *pool) hand(records []byte) bool {
	p.isPosting = true
	p.mu.Unlock()
	status := C.trivet_reply_post(
		p.engine.loop,
		unsafe.Pointer(&records[0]),
		C.size_t(len(records)),
	)
	p.mu.Lock()
	p.isPosting = false
	p.posted.Broadcast()
	return status == 0
}

// step hands over one step of content in pieces; false when the loop has ended.
func step[Body string | []byte](p *pool, request uint64, r response, body Body) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isClosed {
		return false
	}
	p.steps = appendRecord(p.steps, request, r, body)
	p.post()
	return true
}

// wake makes the loop look at records and tasks; the caller holds p.mu and the pool is not closed.
func (p *pool) wake() {
	if !p.isLoopAwake {
		p.isLoopAwake = true
		C.trivet_loop_wake(p.engine.loop)
	}
}

// beforeTurn hands over the steps, takes the answers, after those in records, and says that the loop
// goes to wait; unless there are tasks, which come first. It waits no longer than `timeout`.
func (p *pool) beforeTurn(records []byte) (taken []byte, tasks []task, timeout int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	timeout = p.flushSteps()
	// Only now: flushSteps releases p.mu, and a task that comes meanwhile wakes nobody.
	if tasks := p.tasks; len(tasks) > 0 {
		p.tasks = nil
		return records, tasks, 0
	}
	if len(records) == 0 {
		records, p.records = p.records, records
	} else {
		records = append(records, p.records...)
		p.records = reuse(p.records)
	}
	p.needsOwner = false
	p.isLoopAwake = false
	return records, nil, timeout
}

// flushSteps hands over what steps there are before the loop waits. It ends, because streams wait
// for the loop once they have written their window. The caller holds p.mu.
func (p *pool) flushSteps() (timeout int) {
	for len(p.steps) > 0 {
		if p.isPosting {
			p.posted.Wait()
		} else if !p.postSteps() {
			return 1 // after a turn the engine has room
		}
	}
	return -1
}

func (p *pool) afterTurn() {
	p.mu.Lock()
	p.isLoopAwake = true
	p.mu.Unlock()
}

// remember notes which requests of a batch are still unanswered, so that GONE finds them.
func (p *pool) remember(batch []*Ctx) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range batch {
		if !c.isDone {
			c.isKnown = true
			p.unanswered[c.request] = c
		}
	}
}

func (p *pool) find(request uint64) *Ctx {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unanswered[request]
}

// directory lends the engine the name of a directory until the loop has ended.
func (p *pool) directory(name string) (C.trivet_str, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept, has := p.directories[name]; has {
		return kept, nil
	}
	if p.isClosed {
		return C.trivet_str{}, ErrGone // with its loop
	}
	if len(p.directories) >= formDirectoriesMax {
		return C.trivet_str{}, withDetail(ErrLimit, "the forms of one loop name at most %d directories",
			formDirectoriesMax)
	}
	if p.directories == nil {
		p.directories = make(map[string]C.trivet_str)
	}
	kept := C.trivet_str{data: C.CString(name), size: C.size_t(len(name))}
	p.directories[name] = kept
	return kept, nil
}

// freeDirectories comes after the end of the engine's loop.
func (p *pool) freeDirectories() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, kept := range p.directories {
		C.free(unsafe.Pointer(kept.data))
	}
	p.directories = nil
}

// park makes the worker idle; false when it should end instead.
func (p *pool) park(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isClosed || len(p.idle) >= idleWorkersMax {
		return false
	}
	p.idle = append(p.idle, w)
	if p.trim == nil {
		p.idleUnused = 0
		p.trim = time.AfterFunc(idleTrimPeriod, p.trimIdle)
	}
	return true
}

// trimIdle ends the workers that nobody needed for a period.
func (p *pool) trimIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.idle[:p.idleUnused] {
		w.wake <- false
	}
	kept := copy(p.idle, p.idle[p.idleUnused:])
	clear(p.idle[kept:])
	p.idle = p.idle[:kept]
	p.idleUnused = kept
	if kept == 0 || p.isClosed {
		p.trim = nil
		return
	}
	p.trim.Reset(idleTrimPeriod)
}

// close ends the pool before its loop is freed: no call into the engine is under way afterwards,
// and handlers that still run have lost their request.
func (p *pool) close() {
	p.mu.Lock()
	p.isClosed = true
	for p.isPosting {
		p.posted.Wait()
	}
	abandoned := p.queue[p.head:]
	p.queue, p.head, p.records, p.spare = nil, 0, nil, nil
	p.steps, p.spareSteps = nil, nil
	for _, c := range p.unanswered {
		abandoned = append(abandoned, c)
	}
	for _, w := range p.idle {
		w.wake <- false
	}
	p.idle, p.idleUnused = nil, 0
	tasks := p.tasks
	p.tasks = nil
	p.mu.Unlock()
	for _, c := range abandoned {
		c.end()
	}
	for _, t := range tasks {
		t.done <- ErrStale
	}
}
