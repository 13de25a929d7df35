/*
 * relay - carries the datagrams of dm-log-userspace between a guest's kernel and a daemon outside.
 *
 *   relay guest PORT                       in the guest: connector group 7 <-> virtio-serial port
 *   relay host STREAM_SOCKET DAEMON_PATH   outside: QEMU's stream socket <-> the daemon's UNIX datagram socket
 *   relay ping PORT COUNT                  in the guest, instead of "guest": round trips to the daemon, in microseconds
 *
 * Every datagram travels unchanged, in both directions, behind a u32 length (little endian). Three lengths are
 * signals: JOIN and LEAVE from outside to the guest, ASK from the guest for the one that is true now.
 *
 * The guest is a member of group 7 only while the daemon's socket is bound, since membership is what the kernel takes
 * for "a daemon is there": without it, it reconnects (CTR, RESUME) exactly as it does when a daemon dies on its own
 * machine.
 *
 * The replies enter the guest's kernel from this process, which therefore must be root in the guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    GROUP = 7,                    /* CN_IDX_DM */
    MAX_DATAGRAM = 32768,         /* the connector takes 16384 after the nlmsghdr */
    RECEIVE_BUFFER = 4 << 20,
    PROBE_MS = 100,               /* how soon a daemon's coming and going is seen without any traffic */
    CONNECT_TRIES = 200,
};
#define JOIN  0xffffffffu
#define LEAVE 0xfffffffeu
#define ASK   0xfffffffdu
#define SIGNALS ASK               /* lengths from here on */

static void die(const char *what)
{
    fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void trace(const char *what)
{
    fprintf(stderr, "relay: %s\n", what);
}

/* ---- frames: u32 length, body ---- */

struct stream {
    int fd;
    size_t have;
    unsigned char buffer[4 * MAX_DATAGRAM];
};

static void write_all(int fd, const unsigned char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            die("write to the other half");
        data += n;
        length -= (size_t)n;
    }
}

/* Length and body go out in one write, so that the other half wakes up once. */
static void put_frame(int fd, const void *body, uint32_t length)
{
    unsigned char frame[4 + MAX_DATAGRAM];
    size_t size = length >= SIGNALS ? 0 : length;

    for (int i = 0; i < 4; i++)
        frame[i] = (unsigned char)(length >> (8 * i));
    if (size > 0)
        memcpy(frame + 4, body, size);
    write_all(fd, frame, 4 + size);
}

/* Reads what is there; ends the process when the other half has gone. */
static void fill(struct stream *s)
{
    ssize_t n = read(s->fd, s->buffer + s->have, sizeof(s->buffer) - s->have);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n < 0)
        die("read from the other half");
    if (n == 0) {
        trace("the other half has gone");
        exit(0);
    }
    s->have += (size_t)n;
}

/* Takes one whole frame out of the buffer: 1 with *length and body, 0 if there is none yet. */
static int take_frame(struct stream *s, uint32_t *length, unsigned char *body)
{
    uint32_t size;

    if (s->have < 4)
        return 0;
    *length = (uint32_t)s->buffer[0] | (uint32_t)s->buffer[1] << 8 | (uint32_t)s->buffer[2] << 16
        | (uint32_t)s->buffer[3] << 24;
    size = *length >= SIGNALS ? 0 : *length;
    if (size > MAX_DATAGRAM) {
        errno = EMSGSIZE;
        die("frame");
    }
    if (s->have < 4 + size)
        return 0;
    memcpy(body, s->buffer + 4, size);
    s->have -= 4 + size;
    memmove(s->buffer, s->buffer + 4 + size, s->have);
    return 1;
}

/* ---- in the guest ---- */

static int open_port(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        die(path);
    return fd;
}

static void set_membership(int netlink, int member)
{
    int group = GROUP;

    if (setsockopt(netlink, SOL_NETLINK, member ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP, &group,
                   sizeof(group)) < 0)
        die("membership of connector group 7");
    trace(member ? "joined group 7" : "left group 7");
}

static int open_connector(void)
{
    struct sockaddr_nl any = { .nl_family = AF_NETLINK };
    int size = RECEIVE_BUFFER;
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);

    if (fd < 0)
        die("connector socket");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        die("SO_RCVBUFFORCE");
    if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
        die("bind connector socket");
    return fd;
}

static void from_kernel(int netlink, int port)
{
    unsigned char datagram[MAX_DATAGRAM];
    struct sockaddr_nl from;
    socklen_t from_size = sizeof(from);
    ssize_t n = recvfrom(netlink, datagram, sizeof(datagram), MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);

    if (n < 0) {
        if (errno == ENOBUFS)
            trace("overrun: the kernel dropped a request");
        else if (errno != EINTR && errno != EAGAIN)
            die("receive from the kernel");
        return;
    }
    if (from.nl_pid == 0)
        put_frame(port, datagram, (uint32_t)n);
}

static void to_kernel(int netlink, const unsigned char *datagram, size_t length)
{
    struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

    for (int tries = 0; tries < 1000; tries++) {
        if (sendto(netlink, datagram, length, 0, (struct sockaddr *)&kernel, sizeof(kernel)) >= 0)
            return;
        if (errno != EINTR && errno != ENOBUFS && errno != ENOMEM)
            break;
    }
    die("send to the kernel");
}

static void run_guest(const char *port_path)
{
    static struct stream port;
    static unsigned char body[MAX_DATAGRAM];
    int netlink = open_connector(), member = 0;
    uint32_t length;

    port.fd = open_port(port_path);
    put_frame(port.fd, NULL, ASK);
    for (;;) {
        struct pollfd fds[2] = { { .fd = netlink, .events = POLLIN }, { .fd = port.fd, .events = POLLIN } };
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            die("poll");
        if (fds[0].revents)
            from_kernel(netlink, port.fd);
        if (fds[1].revents)
            fill(&port);
        while (take_frame(&port, &length, body)) {
            if (length < SIGNALS) {
                to_kernel(netlink, body, length);
            } else if (member != (length == JOIN)) {
                member = length == JOIN;
                set_membership(netlink, member);
            }
        }
    }
}

/* ---- outside ---- */

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        die(path);
    }
    strcpy(address.sun_path, path);
    return address;
}

/* QEMU may be about to create its socket: tried for some seconds. */
static int connect_stream(const char *path)
{
    struct sockaddr_un address = unix_address(path);
    struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

    for (int tries = 0; tries < CONNECT_TRIES; tries++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
            die("stream socket");
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
            return fd;
        close(fd);
        nanosleep(&pause, NULL);
    }
    die(path);
    return -1;
}

static int bind_datagram(const char *daemon_path)
{
    char path[256];
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = RECEIVE_BUFFER;

    snprintf(path, sizeof(path), "%s.relay", daemon_path);
    struct sockaddr_un own = unix_address(path);
    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0)
        die(path);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
    return fd;
}

/* Is somebody bound to that path? Connecting a datagram socket tells, and sends nothing. */
static int daemon_is_there(const struct sockaddr_un *daemon)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int there = fd >= 0 && connect(fd, (const struct sockaddr *)daemon, sizeof(*daemon)) == 0;

    if (fd >= 0)
        close(fd);
    return there;
}

static void announce(int stream, int *known, int there)
{
    if (*known == there)
        return;
    *known = there;
    trace(there ? "daemon is there" : "daemon has gone");
    put_frame(stream, NULL, there ? JOIN : LEAVE);
}

static long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void run_host(const char *stream_path, const char *daemon_path)
{
    static struct stream stream;
    static unsigned char body[MAX_DATAGRAM];
    struct sockaddr_un daemon = unix_address(daemon_path);
    int datagrams = bind_datagram(daemon_path), known = -1;
    long next_probe = 0;
    uint32_t length;

    stream.fd = connect_stream(stream_path);
    for (;;) {
        struct pollfd fds[2] = { { .fd = stream.fd, .events = POLLIN }, { .fd = datagrams, .events = POLLIN } };
        if (poll(fds, 2, PROBE_MS) < 0 && errno != EINTR)
            die("poll");
        if (fds[1].revents) {
            ssize_t n = recv(datagrams, body, sizeof(body), MSG_DONTWAIT);
            if (n > 0)
                put_frame(stream.fd, body, (uint32_t)n);
        }
        if (fds[0].revents)
            fill(&stream);
        while (take_frame(&stream, &length, body)) {
            /* Nobody there: the datagram is lost, as it would be in a dead daemon's socket. */
            if (length == ASK)
                known = -1;
            else if (sendto(datagrams, body, length, 0, (struct sockaddr *)&daemon, sizeof(daemon)) < 0)
                announce(stream.fd, &known, 0);
        }
        if (known < 0 || now_ms() >= next_probe) {
            announce(stream.fd, &known, daemon_is_there(&daemon));
            next_probe = now_ms() + PROBE_MS;
        }
    }
}

/* ---- how long is the way? ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* A GET_REGION_SIZE for a log nobody knows: the daemon answers -EINVAL at once. */
static size_t question(unsigned char *out, uint32_t seq)
{
    struct { uint32_t idx, val, seq, ack; uint16_t len, flags; } connector = { GROUP, 1, seq, 0, 160, 0 };
    struct nlmsghdr header = { .nlmsg_len = 196, .nlmsg_type = NLMSG_DONE };
    uint32_t version = 2, type = 6;

    memset(out, 0, 196);
    memcpy(out, &header, 16);
    memcpy(out + 16, &connector, 20);
    strcpy((char *)out + 44, "relay-ping");
    memcpy(out + 176, &version, 4);
    memcpy(out + 184, &seq, 4);
    memcpy(out + 188, &type, 4);
    return 196;
}

static void run_ping(const char *port_path, int count)
{
    static struct stream port;
    static unsigned char body[MAX_DATAGRAM];
    double *us = calloc((size_t)count, sizeof(double));
    uint32_t length;

    if (us == NULL || count <= 0)
        die("COUNT");
    port.fd = open_port(port_path);
    for (int i = 0; i < count; i++) {
        struct timespec start, end;
        size_t size = question(body, (uint32_t)i);
        clock_gettime(CLOCK_MONOTONIC, &start);
        put_frame(port.fd, body, (uint32_t)size);
        do {
            while (!take_frame(&port, &length, body))
                fill(&port);
        } while (length >= SIGNALS);
        clock_gettime(CLOCK_MONOTONIC, &end);
        us[i] = (double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3;
    }
    qsort(us, (size_t)count, sizeof(double), by_value);
    printf("round trips %d p50 %.0f us p99 %.0f us max %.0f us\n", count, us[count / 2],
           us[count * 99 / 100], us[count - 1]);
}

int main(int argc, char **argv)
{
    setvbuf(stderr, NULL, _IOLBF, 0);
    setpriority(PRIO_PROCESS, 0, -20);      /* a late relay is a late log; best effort */
    if (mlockall(MCL_CURRENT) < 0)
        trace("memory stays unlocked");
    if (argc == 3 && strcmp(argv[1], "guest") == 0)
        run_guest(argv[2]);
    if (argc == 4 && strcmp(argv[1], "host") == 0)
        run_host(argv[2], argv[3]);
    if (argc == 4 && strcmp(argv[1], "ping") == 0) {
        run_ping(argv[2], atoi(argv[3]));
        return 0;
    }
    fprintf(stderr, "usage: relay guest PORT | host STREAM_SOCKET DAEMON_PATH | ping PORT COUNT\n");
    return 2;
}
