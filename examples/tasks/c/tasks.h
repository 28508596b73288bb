#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { kTasksMax = 10000 };

struct task {
    int64_t id;
    char *title;
    size_t title_size;
    bool is_done;
};

// Tasks in memory, in the order they were added. Loop thread only.
struct tasks {
    struct task *items;
    size_t count;
    size_t capacity;
    int64_t last_id;
};

// The title is copied. NULL when there are kTasksMax or memory is out.
struct task *tasks_add(struct tasks *tasks, const char *title, size_t size);
struct task *tasks_find(struct tasks *tasks, int64_t id);
// False when memory is out; the task keeps its title then.
bool task_rename(struct task *task, const char *title, size_t size);
void tasks_remove(struct tasks *tasks, struct task *task);
void tasks_free(struct tasks *tasks);
