package dev.arrowshelf.memory;

/// Thrown at the first use of shared memory on an operating system or processor that it was not
/// written for.
public final class UnsupportedPlatformException extends UnsupportedOperationException {
    private static final long serialVersionUID = 1L;

    UnsupportedPlatformException(String osName, String osArch) {
        super(
                "shared memory needs Linux on x86_64 or aarch64: os.name=%s, os.arch=%s"
                        .formatted(osName, osArch));
    }
}
