# shellcheck shell=sh
# Sourced by ./dev, ./arrowshelf and ./mvnw: finds a JDK (not a JRE) of release 25 or newer and exports
# JAVA_HOME. Reads the folder's `release` file, so that no candidate is started to ask for its version.
# Works in bash and in a POSIX sh.

shelf_java_release() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
    shelf_release=
    while IFS= read -r shelf_line; do
        case $shelf_line in
            JAVA_VERSION=*)
                shelf_release=${shelf_line#JAVA_VERSION=}
                shelf_release=${shelf_release#\"}
                shelf_release=${shelf_release%%[!0-9]*}
                ;;
        esac
    done <"$1/release"
    [ -n "$shelf_release" ]
}

shelf_is_jdk25() {
    shelf_java_release "$1" && [ "$shelf_release" -ge 25 ]
}

# Whether the Java found has the vector module, which a reduced one may lack: search is slower without.
shelf_has_vector_module() {
    [ -r "$JAVA_HOME/release" ] || return 1
    while IFS= read -r shelf_line; do
        case $shelf_line in
            MODULES=*jdk.incubator.vector*) return 0 ;;
        esac
    done <"$JAVA_HOME/release"
    return 1
}

shelf_java_on_path() {
    shelf_javac=$(command -v javac) || return 1
    shelf_javac=$(readlink -f "$shelf_javac") || return 1
    shelf_candidate=${shelf_javac%/bin/javac}
    shelf_is_jdk25 "$shelf_candidate"
}

shelf_find_jdk() {
    if [ -n "${JAVA_HOME-}" ] && shelf_is_jdk25 "$JAVA_HOME"; then
        export JAVA_HOME
        return 0
    fi
    for shelf_candidate in \
        /usr/lib/jvm/* /usr/java/* /usr/local/lib/jvm/* /opt/* /opt/java/* /opt/jdk/* \
        "${SDKMAN_DIR:-${HOME-}/.sdkman}"/candidates/java/* \
        "${MISE_DATA_DIR:-${HOME-}/.local/share/mise}"/installs/java/* \
        "${HOME-}"/.jdks/* "${HOME-}"/.local/share/jdks/*; do
        if shelf_is_jdk25 "$shelf_candidate"; then
            JAVA_HOME=$shelf_candidate
            export JAVA_HOME
            return 0
        fi
    done
    if shelf_java_on_path; then
        JAVA_HOME=$shelf_candidate
        export JAVA_HOME
        return 0
    fi
    echo "arrowshelf: no JDK 25 or newer found: install one (for example Temurin 25) and set JAVA_HOME to its folder" >&2
    return 1
}
