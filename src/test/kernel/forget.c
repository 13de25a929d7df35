/* Cuts a file system off from its disk: what was not forced by fsync or fdatasync is forgotten, as when the power fails.
 * forget DIRECTORY: any directory of it (ext4, xfs). Its next mount recovers what the disk holds. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define GOING_DOWN _IOR('X', 125, uint32_t) /* EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN */
#define NO_LOG_FLUSH 2

int main(int argc, char **argv) {
  uint32_t how = NO_LOG_FLUSH;
  int fd = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1;
  if (fd < 0 || ioctl(fd, GOING_DOWN, &how) != 0) {
    perror(argc == 2 ? argv[1] : "forget DIRECTORY");
    return 1;
  }
  return 0;
}
