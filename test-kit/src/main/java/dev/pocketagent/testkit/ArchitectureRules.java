package dev.pocketagent.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.NullMarked;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

/** The few architecture rules that hold in every module. Each module's {@code ArchitectureTest} calls {@link #check}. */
public final class ArchitectureRules {

    private static final Map<String, JavaClasses> READ = new ConcurrentHashMap<>();

    private ArchitectureRules() {}

    /** The production classes of one service, read once for all rules. */
    public static JavaClasses classesOf(String packageRoot) {
        return READ.computeIfAbsent(packageRoot,
                root -> new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages(root));
    }

    /**
     * Checks the common rules.
     *
     * @param packageRoot for example {@code dev.pocketagent.registry}
     */
    public static void check(String packageRoot) {
        JavaClasses code = classesOf(packageRoot);
        noClasses().that().resideInAPackage(packageRoot + "..")
                .should().callMethod(System.class, "currentTimeMillis").orShould()
                .callMethod(java.time.Instant.class, "now")
                .because("code takes a Clock, so that tests can move time").allowEmptyShould(true).check(code);
        classes().that().resideInAPackage(packageRoot + "..").should().resideOutsideOfPackages("..util..", "..impl..",
                "..dto..", "..service..").because("a package is a feature, never a layer").allowEmptyShould(true)
                .check(code);
        Set<String> unmarked = new TreeSet<>();
        for (JavaClass type : code) {
            if (!type.getPackage().tryGetPackageInfo().map(info -> info.isAnnotatedWith(NullMarked.class))
                    .orElse(false)) {
                unmarked.add(type.getPackageName());
            }
        }
        if (!unmarked.isEmpty()) {
            throw new AssertionError("Packages without a @NullMarked package-info.java that says what lives there: "
                    + unmarked);
        }
    }
}
