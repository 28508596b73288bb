// exhaust [--deny CALL,CALL --errno N] [--memlock-zero] [--descriptors N] [--address-space BYTES]
// PROGRAM ARGUMENTS…: runs a program for which things are scarce. CALL is setup, enter or register:
// that of io_uring's system calls fails with the error number, as under a container's seccomp
// profile. --memlock-zero also takes the privilege away that would make the limit meaningless.
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define URING_SETUP 425
#define URING_ENTER 426
#define URING_REGISTER 427

static int fail(const char *what) {
    fprintf(stderr, "exhaust: %s: %s\n", what, strerror(errno));
    return 1;
}

static int limit(int resource, const char *value) {
    rlim_t most = (rlim_t)strtoull(value, NULL, 10);
    struct rlimit both = {most, most};
    return setrlimit(resource, &both);
}

static int deny(const char *calls, unsigned error) {
    // A call that is not to be denied is compared with a number that no call has.
    const unsigned none = 0xffffffff;
    const unsigned setup = strstr(calls, "setup") != NULL ? URING_SETUP : none;
    const unsigned enter = strstr(calls, "enter") != NULL ? URING_ENTER : none;
    const unsigned other = strstr(calls, "register") != NULL ? URING_REGISTER : none;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, setup, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, enter, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error & SECCOMP_RET_DATA)),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0;
}

static int lock_nothing(void) {
    struct rlimit zero = {0, 0};
    if (setrlimit(RLIMIT_MEMLOCK, &zero) != 0) {
        return 1;
    }
    // Without it in the bounding set, the program that is executed does not get it either. Who has
    // no privileges has nothing to give up.
    prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0);
    prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0);
    return 0;
}

int main(int argc, char **argv) {
    const char *calls = NULL;
    unsigned error = EPERM;
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        const char *flag = argv[at];
        const char *value = at + 1 < argc ? argv[at + 1] : "";
        if (strcmp(flag, "--memlock-zero") == 0) {
            if (lock_nothing() != 0) return fail(flag);
            continue;
        }
        at++;
        if (strcmp(flag, "--deny") == 0) {
            calls = value;
        } else if (strcmp(flag, "--errno") == 0) {
            error = (unsigned)strtoul(value, NULL, 10);
        } else if (strcmp(flag, "--address-space") == 0) {
            if (limit(RLIMIT_AS, value) != 0) return fail(flag);
        } else if (strcmp(flag, "--descriptors") == 0) {
            if (limit(RLIMIT_NOFILE, value) != 0) return fail(flag);
        } else {
            fprintf(stderr, "exhaust: what is %s?\n", flag);
            return 2;
        }
    }
    if (at >= argc) {
        fputs("usage: exhaust [FLAGS] PROGRAM ARGUMENTS...\n", stderr);
        return 2;
    }
    if (calls != NULL && deny(calls, error) != 0) return fail("--deny");
    execvp(argv[at], argv + at);
    return fail(argv[at]);
}
