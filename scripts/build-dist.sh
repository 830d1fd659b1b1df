#!/usr/bin/env bash
# Builds the runnable distribution into a new folder below target/ and makes it the current one.
# Called by ./arrowshelf under its lock: scripts/build-dist.sh ROOT
set -eu

root=$1
cd "$root"
. scripts/jdk.sh
shelf_find_jdk
java=$JAVA_HOME/bin/java

stamp=target/launcher.stamp
log=target/launcher-build.log
began=$(mktemp target/launcher.stamp.XXXXXX)
shelf=$(mktemp -d /dev/shm/arrowshelf-training.XXXXXX 2>/dev/null || mktemp -d)
trap 'rm -rf "$began" "$began.new" "$shelf"' EXIT

echo "arrowshelf: building (first use, or sources changed)"
if ! ./mvnw -q -B -Dquick package -pl shelf-cli -am >"$log" 2>&1; then
    cat "$log"
    echo "arrowshelf: the build failed: log=$root/$log"
    exit 1
fi

build=$(mktemp -d target/dist.XXXXXX)
chmod 755 "$build"
cp -R shelf-cli/target/dist/. "$build"

# From here on everything serves speed only: what goes wrong is in the log, and the command works without.
# An AOT cache keeps the classes that a training run loads, linked; it takes only jars of Java 6 and newer.
{
    "$java" scripts/RenewClasses.java "$build"/lib/picocli-*.jar

    # What runs long: without the vector module, and the daemon with it; each serves a part of the training.
    daemons=()
    for cache in server daemon; do
        module=()
        if [ $cache = daemon ] && shelf_has_vector_module; then
            module+=("--add-modules=jdk.incubator.vector")
        fi
        "$java" "@$build/server.jvm" "${module[@]}" "-XX:AOTCacheOutput=$root/$build/$cache.aot" \
            -cp "$root/$build/arrowshelf.jar" dev.arrowshelf.cli.Main server --dir "$shelf/$cache" --port 0 --no-warm-up &
        daemons+=($!)
        deadline=$((SECONDS + 20))
        while [ ! -S "$shelf/$cache/shelf.sock" ] && kill -0 $! && [ $SECONDS -lt $deadline ]; do
            sleep 0.05
        done
        "$java" "@$build/server.jvm" -cp "$root/$build/arrowshelf.jar" dev.arrowshelf.cli.rehearsal.Rehearsal \
            "$shelf/$cache"
    done
    "$java" "@$build/command.jvm" "-XX:AOTCacheOutput=$root/$build/command.aot" -cp "$root/$build/arrowshelf.jar" \
        dev.arrowshelf.cli.AotTraining "$shelf/daemon" "$shelf/embedded"
    "$java" "@$build/command.jvm" "-XX:AOTCacheOutput=$root/$build/glance.aot" -cp "$root/$build/arrowshelf.jar" \
        dev.arrowshelf.cli.AotTraining "$shelf/daemon"
    mkdir "$shelf/sets"
    "$java" "@$build/sets.jvm" "-XX:AOTCacheOutput=$root/$build/sets.aot" -cp "$root/$build/arrowshelf.jar" \
        dev.arrowshelf.cli.DataSetTraining "$shelf/sets"
    for daemon in "${daemons[@]}"; do
        kill -TERM "$daemon"
        wait "$daemon"
    done
} >>"$log" 2>&1 || true

printf '%s\n%s\n' "${build#target/}" "$JAVA_HOME" >"$began.new"
touch -r "$began" "$began.new"
mv "$began.new" "$stamp"

# Builds that nothing runs from any more.
for old in target/dist.*; do
    if [ "$old" != "$build" ] && ! grep -qsF "$root/$old/" /proc/[0-9]*/cmdline; then
        rm -rf "$old"
    fi
done
