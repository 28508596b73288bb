package main

import (
	"slices"
	"sync"
)

type task struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
	Done  bool   `json:"done"`
}

// store keeps the tasks in memory. Handlers run on goroutines, so it has a lock.
type store struct {
	mu    sync.Mutex
	tasks []task
	last  int
}

func (s *store) all() []task {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tasks)
}

func (s *store) add(title string, done bool) task {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	added := task{ID: s.last, Title: title, Done: done}
	s.tasks = append(s.tasks, added)
	return added
}

func (s *store) change(id int, title *string, done *bool) (task, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(id)
	if i < 0 {
		return task{}, false
	}
	if title != nil {
		s.tasks[i].Title = *title
	}
	if done != nil {
		s.tasks[i].Done = *done
	}
	return s.tasks[i], true
}

func (s *store) remove(id int) (task, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(id)
	if i < 0 {
		return task{}, false
	}
	removed := s.tasks[i]
	s.tasks = slices.Delete(s.tasks, i, i+1)
	return removed, true
}

func (s *store) index(id int) int {
	return slices.IndexFunc(s.tasks, func(t task) bool { return t.ID == id })
}
