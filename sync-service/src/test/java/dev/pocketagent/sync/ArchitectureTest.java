package dev.pocketagent.sync;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import org.junit.jupiter.api.Test;

import com.tngtech.archunit.core.domain.JavaClasses;

import dev.pocketagent.testkit.ArchitectureRules;

class ArchitectureTest {

    private static final String ROOT = "dev.pocketagent.sync";

    @Test
    void theCommonRulesHold() {
        ArchitectureRules.check(ROOT);
    }

    @Test
    void theHeartIsPlainJava() {
        JavaClasses code = ArchitectureRules.classesOf(ROOT);
        noClasses().that()
                .resideInAnyPackage(ROOT + ".revision", ROOT + ".skill", ROOT + ".publish", ROOT + ".git",
                        ROOT + ".local")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "jakarta..", "org.hibernate..", "dev.pocketagent.kit..")
                .because("rules, store and publishing are tested without a framework").check(code);
        noClasses().that().resideInAPackage(ROOT + ".revision").should().dependOnClassesThat()
                .resideInAnyPackage("org.eclipse.jgit..", ROOT + ".git", ROOT + ".local").check(code);
        noClasses().that().resideOutsideOfPackage(ROOT + ".git").should().dependOnClassesThat()
                .resideInAPackage("org.eclipse.jgit..")
                .because("JGit stays behind sync.git").check(code);
    }

    @Test
    void packagesDependOneWay() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(ArchitectureRules.classesOf(ROOT));
    }
}
