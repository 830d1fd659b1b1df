package dev.arrowshelf.memory;

import java.io.IOException;

/// A system call that failed in a way no other exception of this package names.
public final class NativeException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;

    NativeException(String call, int errno, String about) {
        super(
                "%s failed: errno=%s%s"
                        .formatted(call, Errno.name(errno), about.isEmpty() ? "" : ", " + about));
        this.call = call;
        this.errno = errno;
    }

    /// The name of the call, such as `mmap`.
    public String call() {
        return call;
    }

    /// The error number the kernel gave.
    public int errno() {
        return errno;
    }
}
