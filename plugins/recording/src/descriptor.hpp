/// A file descriptor that is closed with its scope.
#pragma once

#include <unistd.h>

namespace recording {

struct Descriptor {
    int fd;  ///< -1: it could not be opened
    explicit Descriptor(int opened) : fd(opened) {}
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
};

}  // namespace recording
