/* Stands between a process and its files: counts what is done in one folder, and stops it at the number asked for.

   Preloaded (LD_PRELOAD), it sees the calls of Python, of torch and of the library of safetensors alike. One that
   writes through mapped memory would pass unseen; `python -m proofs.kills` compares its count with that of strace,
   where it is installed.

   `operations_begin` is called in the process that is to be watched, after the fork. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum how { WATCH, KILL_BEFORE, KILL_WITHIN, KILL_AFTER, FAIL, FAIL_FROM };

static char folder[4096];
static size_t folder_length;
static long stop_at, stop_number, every;
static int how, error_number, log_file = -1, data_file = -1;
static volatile long count;

long operations_count(void) { return count; }

void operations_begin(const char *watched, long at, int what, int error, long step, const char *log) {
    snprintf(folder, sizeof folder, "%s", watched);
    folder_length = strlen(folder);
    stop_at = at, how = what, error_number = error, every = step, count = 0;
    if (log && *log) {
        char data[4200];
        snprintf(data, sizeof data, "%s.data", log);
        log_file = syscall(SYS_openat, AT_FDCWD, log, O_CREAT | O_WRONLY | O_TRUNC, 0600);
        data_file = syscall(SYS_openat, AT_FDCWD, data, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    }
}

static int is_below(const char *path) {
    return folder_length && !strncmp(path, folder, folder_length) &&
           (path[folder_length] == '/' || !path[folder_length]);
}

/* The path that a call names, seen from the root; empty where it is none of the watched folder. */
static const char *place(int at, const char *path, char *full) {
    full[0] = 0;
    if (!folder_length || !path) return full;
    if (path[0] == '/') snprintf(full, 4096, "%s", path);
    else {
        char link[64], base[4096];
        ssize_t length;
        if (at == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        length = syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
        if (length < 0) return full;
        base[length] = 0;
        if (snprintf(full, 4096, "%s/%s", base, path) >= 4096) full[0] = 0;
    }
    if (!is_below(full)) full[0] = 0;
    return full;
}

static const char *place_of(int file, char *full) {
    char link[64];
    ssize_t length;
    full[0] = 0;
    if (!folder_length) return full;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = syscall(SYS_readlinkat, AT_FDCWD, link, full, 4095);
    full[length < 0 ? 0 : length] = 0;
    if (!is_below(full)) full[0] = 0;
    return full;
}

static void record(const char *kind, const char *one, const char *other, long offset, const void *bytes, size_t size) {
    char line[9000];
    if (log_file < 0) return;
    int length = snprintf(line, sizeof line, "%s\t%s\t%s\t%ld\t%zu\n", kind, one, other, offset, size);
    syscall(SYS_write, log_file, line, length);
    if (bytes && size) syscall(SYS_write, data_file, bytes, size);
}

static void die(void) { syscall(SYS_kill, syscall(SYS_getpid), SIGKILL); }

/* Counts an operation. Returns whether it is to fail; 2 where it is to be done by half, and then killed. */
static int meets(const char *path) {
    if (!path[0]) return 0;
    long number = __sync_add_and_fetch(&count, 1);
    if (how == FAIL && ((stop_at && number == stop_at) || (every && number % every == 0))) return 1;
    if (how == FAIL_FROM && number >= stop_at) return 1;
    if (number != stop_at) return 0;
    if (how == KILL_BEFORE) die();
    return how == KILL_WITHIN ? 2 : how == KILL_AFTER ? 3 : 0;
}

#define REFUSE(result) do { errno = error_number; return result; } while (0)

static int opened(int at, const char *path, int flags, mode_t mode) {
    char full[4096];
    if (!(flags & (O_CREAT | O_TRUNC))) return syscall(SYS_openat, at, path, flags, mode);
    place(at, path, full);
    int met = meets(full);
    if (met == 1) REFUSE(-1);
    int made = syscall(SYS_openat, at, path, flags, mode);
    if (full[0] && made >= 0) record(flags & O_TRUNC ? "truncate" : "create", full, "", 0, NULL, 0);
    if (met > 1) die();
    return made;
}

#define MODE(flags, last)                                                                                    \
    mode_t mode = 0;                                                                                         \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, last); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE(flags, flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, flags) return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags, flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags, flags) return opened(at, path, flags | O_LARGEFILE, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

static ssize_t written(int file, const void *bytes, size_t size, long offset) {
    char full[4096];
    place_of(file, full);
    int met = full[0] ? meets(full) : 0;
    if (met == 1) REFUSE(-1);
    size_t now = met == 2 ? size / 2 : size;
    long from = offset >= 0 ? offset : full[0] ? syscall(SYS_lseek, file, 0, SEEK_CUR) : 0;
    ssize_t done = offset >= 0 ? syscall(SYS_pwrite64, file, bytes, now, offset) : syscall(SYS_write, file, bytes, now);
    if (full[0] && done > 0) record("write", full, "", from, bytes, done);
    if (met > 1) die();
    return done;
}

ssize_t write(int file, const void *bytes, size_t size) { return written(file, bytes, size, -1); }
ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) { return written(file, bytes, size, offset); }
ssize_t pwrite64(int file, const void *bytes, size_t size, off_t offset) { return written(file, bytes, size, offset); }

ssize_t writev(int file, const struct iovec *parts, int number) {
    char full[4096];
    ssize_t all = 0;
    if (!place_of(file, full)[0]) return syscall(SYS_writev, file, parts, number);
    for (int i = 0; i < number; i++) {
        ssize_t done = written(file, parts[i].iov_base, parts[i].iov_len, -1);
        if (done < 0) return all ? all : -1;
        all += done;
        if ((size_t)done < parts[i].iov_len) break;
    }
    return all;
}

static int named(const char *kind, int at, const char *one, int to, const char *other, long call, unsigned flags) {
    char full[4096], second[4096];
    place(at, one, full);
    if (other) place(to, other, second); else second[0] = 0;
    int met = meets(full[0] ? full : second);
    if (met == 1) REFUSE(-1);
    int done = call == SYS_renameat2 ? syscall(call, at, one, to, other, flags) : syscall(call, at, one, flags);
    if ((full[0] || second[0]) && done == 0) record(flags == 2 && other ? "exchange" : kind, full, second, 0, NULL, 0);
    if (met > 1) die();
    return done;
}

int rename(const char *one, const char *other) { return named("rename", AT_FDCWD, one, AT_FDCWD, other, SYS_renameat2, 0); }
int renameat(int at, const char *one, int to, const char *other) { return named("rename", at, one, to, other, SYS_renameat2, 0); }
int renameat2(int at, const char *one, int to, const char *other, unsigned flags) { return named("rename", at, one, to, other, SYS_renameat2, flags); }
int unlink(const char *one) { return named("unlink", AT_FDCWD, one, 0, NULL, SYS_unlinkat, 0); }
int unlinkat(int at, const char *one, int flags) { return named(flags & AT_REMOVEDIR ? "rmdir" : "unlink", at, one, 0, NULL, SYS_unlinkat, flags); }
int rmdir(const char *one) { return named("rmdir", AT_FDCWD, one, 0, NULL, SYS_unlinkat, AT_REMOVEDIR); }
int mkdir(const char *one, mode_t mode) { return named("mkdir", AT_FDCWD, one, 0, NULL, SYS_mkdirat, mode); }
int mkdirat(int at, const char *one, mode_t mode) { return named("mkdir", at, one, 0, NULL, SYS_mkdirat, mode); }

static int flushed(int file, long call) {
    char full[4096];
    place_of(file, full);
    int met = full[0] ? meets(full) : 0;
    if (met == 1) REFUSE(-1);
    int done = syscall(call, file);
    if (full[0] && done == 0) record("flush", full, "", 0, NULL, 0);
    if (met > 1) die();
    return done;
}

int fsync(int file) { return flushed(file, SYS_fsync); }
int fdatasync(int file) { return flushed(file, SYS_fdatasync); }

static int cut(int file, off_t size) {
    char full[4096];
    place_of(file, full);
    int met = full[0] ? meets(full) : 0;
    if (met == 1) REFUSE(-1);
    int done = syscall(SYS_ftruncate, file, size);
    if (full[0] && done == 0) record("cut", full, "", size, NULL, 0);
    if (met > 1) die();
    return done;
}

int ftruncate(int file, off_t size) { return cut(file, size); }
int ftruncate64(int file, off_t size) { return cut(file, size); }
