package dev.arrowshelf.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Keeps the arrows between the rooms, and each third party in its room. ARCHITECTURE.md has the
/// picture.
final class ArchitectureTest {

    private static final int MOST_TYPES_PER_PACKAGE = 20;

    /// Room, and the rooms it may name.
    private static final Map<String, List<String>> ARROWS =
            Map.of(
                    "memory", List.of(),
                    "store", List.of("memory"),
                    "testkit", List.of("memory", "store"),
                    "sql", List.of("memory", "store"),
                    "vector", List.of("memory", "store"),
                    "server", List.of("memory", "store", "sql", "vector"),
                    "client", List.of("memory", "store"),
                    "redis", List.of("memory", "store"),
                    "cli",
                            List.of(
                                    "memory", "store", "sql", "vector", "server", "client",
                                    "redis"));

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.arrowshelf");

    @Test
    void seesEveryRoom() {
        assertThat(CLASSES.stream().map(ArchitectureTest::room)).containsAll(ARROWS.keySet());
    }

    @Test
    void packagesFormNoCycle() {
        check(slices().matching("dev.arrowshelf.(**)").should().beFreeOfCycles());
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void aRoomNamesOnlyTheRoomsBelowIt(String room) {
        String[] allowed =
                Stream.concat(Stream.of(room), ARROWS.getOrDefault(room, List.of()).stream())
                        .map(ArchitectureTest::packages)
                        .toArray(String[]::new);
        check(
                noClasses()
                        .that(resideInAPackage(packages(room)))
                        .should()
                        .dependOnClassesThat(
                                resideInAPackage("dev.arrowshelf..")
                                        .and(not(resideInAnyPackage(allowed)))));
    }

    @Test
    void internalPackagesStayInTheirRoom() {
        check(classes().should(new StaysOutOfForeignInternals()));
    }

    @Test
    void theMemoryRoomNeedsNothingButTheJdk() {
        check(
                classes()
                        .that(resideInAPackage(packages("memory")))
                        .should()
                        .onlyDependOnClassesThat(
                                resideInAnyPackage(
                                        packages("memory"),
                                        "java..",
                                        "jdk..",
                                        "org.jspecify..",
                                        "com.google.errorprone.annotations..")));
    }

    /// The SQL room calls DuckDB, and nothing else, from its package for that.
    @Test
    void onlyTheMemoryRoomCallsTheSystem() {
        check(
                noClasses()
                        .that(
                                not(
                                        resideInAnyPackage(
                                                packages("memory"), "dev.arrowshelf.sql.duckdb")))
                        .should()
                        .dependOnClassesThat(
                                nameMatching(
                                        "java\\.lang\\.foreign\\.(Linker|SymbolLookup|FunctionDescriptor).*")));
    }

    /// Elsewhere a segment is a view of bytes that somebody else owns. Vector search needs scratch
    /// memory that its kernels read like mapped memory.
    @Test
    void onlyRoomsThatMoveBytesMapAndAllocateForeignMemory() {
        check(
                noClasses()
                        .that(
                                not(
                                        resideInAnyPackage(
                                                packages("memory"),
                                                packages("store"),
                                                packages("sql"),
                                                packages("vector"),
                                                packages("redis"))))
                        .should()
                        .dependOnClassesThat(
                                resideInAPackage("java.lang.foreign..")
                                        .and(
                                                not(
                                                        nameMatching(
                                                                ".*\\.(MemorySegment|ValueLayout)(\\$.*)?")))));
    }

    /// Only what the system calls themselves keep, linked once, lives as long as the process.
    @Test
    void noArenaLivesForEver() {
        check(
                noClasses()
                        .that(
                                not(
                                        nameMatching(
                                                "dev\\.arrowshelf\\.(memory\\.NativeAccess|sql\\.duckdb\\.DuckDbLibrary).*")))
                        .should()
                        .callMethod(Arena.class, "global")
                        .orShould()
                        .callMethod(Arena.class, "ofAuto"));
    }

    @Test
    void arrowVectorsStopAtTheTables() {
        check(
                noClasses()
                        .that(
                                resideInAnyPackage(
                                        packages("memory"),
                                        "dev.arrowshelf.store.model..",
                                        "dev.arrowshelf.store.directory..",
                                        "dev.arrowshelf.store.catalog..",
                                        "dev.arrowshelf.store.owner.."))
                        .should()
                        .dependOnClassesThat(resideInAPackage("org.apache.arrow.vector..")));
    }

    @Test
    void flightAndGrpcStayInServerAndClient() {
        check(
                noClasses()
                        .that(not(resideInAnyPackage(packages("server"), packages("client"))))
                        .should()
                        .dependOnClassesThat(
                                resideInAnyPackage("org.apache.arrow.flight..", "io.grpc..")));
    }

    @Test
    void nettyStaysWhereConnectionsAre() {
        check(
                noClasses()
                        .that(
                                not(
                                        resideInAnyPackage(
                                                packages("server"),
                                                packages("client"),
                                                packages("redis"))))
                        .should()
                        .dependOnClassesThat(resideInAPackage("io.netty..")));
    }

    @Test
    void redisClientsStayInTheirRoom() {
        check(
                noClasses()
                        .that(not(resideInAPackage(packages("redis"))))
                        .should()
                        .dependOnClassesThat(
                                resideInAnyPackage("io.lettuce..", "redis.embedded..")));
    }

    /// Its jar carries the native library; the driver in it is not used.
    @Test
    void nobodyNamesTheDriverOfDuckDb() {
        check(
                noClasses()
                        .should()
                        .dependOnClassesThat(resideInAnyPackage("org.duckdb..", "java.sql..")));
    }

    @Test
    void geometriesStayInOnePackage() {
        check(
                noClasses()
                        .that(not(resideInAPackage("dev.arrowshelf.sql.geometry..")))
                        .should()
                        .dependOnClassesThat(resideInAPackage("org.locationtech..")));
    }

    @Test
    void picocliStaysInTheCommandLine() {
        check(
                noClasses()
                        .that(not(resideInAPackage(packages("cli"))))
                        .should()
                        .dependOnClassesThat(resideInAPackage("picocli..")));
    }

    @Test
    void terminalsAreEditedOnlyAtThePrompt() {
        check(
                noClasses()
                        .that(not(resideInAPackage("dev.arrowshelf.cli.prompt")))
                        .should()
                        .dependOnClassesThat(resideInAPackage("org.jline..")));
    }

    /// The kernel does not count pages in flight as readers (docs/spec/segments.md): a segment sent
    /// so could change on its way.
    @Test
    void noSegmentIsSentWithoutCopying() {
        check(
                noClasses()
                        .should()
                        .callMethodWhere(
                                target(owner(assignableTo(FileChannel.class)))
                                        .and(target(nameMatching("transfer(To|From)"))))
                        .orShould()
                        .dependOnClassesThat(nameMatching("io\\.netty\\..*FileRegion")));
    }

    @Test
    void incubatorModulesStayInTheKernels() {
        check(
                noClasses()
                        .that(not(resideInAPackage("dev.arrowshelf.vector.kernel")))
                        .should()
                        .dependOnClassesThat(resideInAnyPackage("jdk.incubator..", "sun.misc..")));
    }

    @Test
    void nothingSleepsAndNothingHidesInThreadLocals() {
        check(
                noClasses()
                        .should()
                        .callMethodWhere(
                                target(owner(type(Thread.class).or(type(TimeUnit.class))))
                                        .and(target(nameMatching("sleep"))))
                        .orShould()
                        .dependOnClassesThat(assignableTo(ThreadLocal.class)));
    }

    @Test
    void packagesStaySmall() {
        Map<String, Long> types =
                CLASSES.stream()
                        .filter(each -> each.isTopLevelClass() && !isPackageInfo(each))
                        .collect(
                                Collectors.groupingBy(
                                        JavaClass::getPackageName, Collectors.counting()));
        assertThat(types)
                .allSatisfy((name, count) ->
                        assertThat(count).as(name).isLessThanOrEqualTo(MOST_TYPES_PER_PACKAGE));
    }

    static Stream<String> rooms() {
        return ARROWS.keySet().stream().sorted();
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }

    private static String packages(String room) {
        return "dev.arrowshelf." + room + "..";
    }

    private static String room(JavaClass type) {
        return type.getPackageName().split("\\.", -1)[2];
    }

    private static boolean isPackageInfo(JavaClass type) {
        return type.getSimpleName().equals("package-info");
    }

    /// A class may name `internal` packages of its own room only.
    private static final class StaysOutOfForeignInternals extends ArchCondition<JavaClass> {

        private static final DescribedPredicate<JavaClass> INTERNAL =
                resideInAPackage("dev.arrowshelf..internal..");

        StaysOutOfForeignInternals() {
            super("not name internal packages of other rooms");
        }

        @Override
        public void check(JavaClass type, ConditionEvents events) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass();
                if (INTERNAL.test(target) && !room(target).equals(room(type))) {
                    events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
                }
            }
        }
    }
}
