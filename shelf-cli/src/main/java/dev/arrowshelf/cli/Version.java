package dev.arrowshelf.cli;

import picocli.CommandLine.IVersionProvider;

/// The version that the jar's manifest names, or `development` when run from class folders.
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"arrowshelf " + (version == null ? "development" : version)};
    }
}
