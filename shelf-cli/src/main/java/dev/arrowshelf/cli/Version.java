package dev.arrowshelf.cli;

/// The version that the jar's manifest names, or `development` when run from class folders.
final class Version {
    private Version() {}

    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return "arrowshelf " + (version == null ? "development" : version);
    }
}
