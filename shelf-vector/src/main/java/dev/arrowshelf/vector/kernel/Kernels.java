package dev.arrowshelf.vector.kernel;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/// Which kernels this process uses, decided once: the vector API with the registers the machine
/// prefers, or the scalar twin where the module is missing or the option says so.
public final class Kernels {
    /// System property: 512, 256 or 128 to use such registers, 0 for scalar code.
    public static final String BITS_PROPERTY = "arrowshelf.vector.bits";

    private static final Logger LOGGER = System.getLogger(Kernels.class.getName());
    private static final int SCALAR = 0;
    private static final int PREFERRED = -1;

    private static final Kernel SCALAR_KERNEL = new ScalarKernel();
    private static final Kernel CHOSEN = choose();

    private Kernels() {}

    /// Returns the kernels of this process.
    public static Kernel chosen() {
        return CHOSEN;
    }

    /// Returns the scalar twin.
    public static Kernel scalar() {
        return SCALAR_KERNEL;
    }

    /// Returns in a few words what was chosen.
    public static String describe() {
        return CHOSEN.bits() == SCALAR ? "scalar" : "simd-" + CHOSEN.bits();
    }

    static int wantedBits() {
        return Integer.getInteger(BITS_PROPERTY, PREFERRED);
    }

    private static Kernel choose() {
        int wanted = wantedBits();
        if (wanted == SCALAR) {
            return SCALAR_KERNEL;
        }
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            LOGGER.log(
                    Level.DEBUG,
                    "vector search runs scalar code: module=jdk.incubator.vector is missing, flag=--add-modules jdk.incubator.vector");
            return SCALAR_KERNEL;
        }
        Kernel simd = new SimdKernel();
        if (simd.bits() < 128 || simd.bits() > 512) {
            LOGGER.log(
                    Level.DEBUG, "vector search runs scalar code: register bits={0}", simd.bits());
            return SCALAR_KERNEL;
        }
        return simd;
    }
}
