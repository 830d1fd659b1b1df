import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Gives the classes of a jar that were compiled for Java 5 or older the class file version of Java 8,
/// with the stack maps that it asks for: an AOT cache leaves older classes out.
///
/// Run by `scripts/build-dist.sh` on its own copy of a jar: `java scripts/RenewClasses.java JAR`.
public final class RenewClasses {

    private static final int OLDEST_CACHED_VERSION = ClassFile.JAVA_6_VERSION;

    private RenewClasses() {}

    public static void main(String[] arguments) throws IOException {
        try (FileSystem jar = FileSystems.newFileSystem(Path.of(arguments[0]));
                Stream<Path> files = Files.walk(jar.getPath("/"))) {
            Path root = jar.getPath("/");
            ClassFile renewer =
                    ClassFile.of(
                            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                            ClassFile.ClassHierarchyResolverOption.of(resolverOver(root)));
            List<Path> classes = files.filter(file -> file.toString().endsWith(".class")).toList();
            for (Path file : classes) {
                ClassModel model = renewer.parse(Files.readAllBytes(file));
                if (model.majorVersion() < OLDEST_CACHED_VERSION) {
                    Files.write(file, renew(renewer, model));
                }
            }
        }
    }

    private static byte[] renew(ClassFile renewer, ClassModel model) {
        return renewer.build(
                model.thisClass().asSymbol(),
                builder -> {
                    builder.transform(model, ClassTransform.ACCEPT_ALL);
                    builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
                });
    }

    private static ClassHierarchyResolver resolverOver(Path root) {
        return ClassHierarchyResolver.ofResourceParsing(
                        type -> {
                            String name = type.descriptorString();
                            Path file = root.resolve(name.substring(1, name.length() - 1) + ".class");
                            try {
                                return Files.exists(file) ? Files.newInputStream(file) : null;
                            } catch (IOException failure) {
                                throw new UncheckedIOException("cannot read class: file=" + file, failure);
                            }
                        })
                .orElse(ClassHierarchyResolver.defaultResolver());
    }
}
