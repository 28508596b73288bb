#include "tasks.h"

#include <stdlib.h>
#include <string.h>

static bool grow(struct tasks *tasks) {
    if (tasks->count < tasks->capacity) {
        return true;
    }
    size_t capacity = tasks->capacity == 0 ? 16 : tasks->capacity * 2;
    struct task *items = realloc(tasks->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    tasks->items = items;
    tasks->capacity = capacity;
    return true;
}

struct task *tasks_add(struct tasks *tasks, const char *title, size_t size) {
    if (tasks->count == kTasksMax || !grow(tasks)) {
        return NULL;
    }
    struct task *task = &tasks->items[tasks->count];
    *task = (struct task){.id = tasks->last_id + 1};
    if (!task_rename(task, title, size)) {
        return NULL;
    }
    tasks->last_id++;
    tasks->count++;
    return task;
}

struct task *tasks_find(struct tasks *tasks, int64_t id) {
    for (size_t i = 0; i < tasks->count; i++) {
        if (tasks->items[i].id == id) {
            return &tasks->items[i];
        }
    }
    return NULL;
}

bool task_rename(struct task *task, const char *title, size_t size) {
    char *copy = malloc(size + 1);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, title, size);
    copy[size] = '\0';
    free(task->title);
    task->title = copy;
    task->title_size = size;
    return true;
}

void tasks_remove(struct tasks *tasks, struct task *task) {
    size_t index = (size_t)(task - tasks->items);
    free(task->title);
    tasks->count--;
    memmove(task, task + 1, (tasks->count - index) * sizeof *task);
}

void tasks_free(struct tasks *tasks) {
    for (size_t i = 0; i < tasks->count; i++) {
        free(tasks->items[i].title);
    }
    free(tasks->items);
    *tasks = (struct tasks){0};
}
