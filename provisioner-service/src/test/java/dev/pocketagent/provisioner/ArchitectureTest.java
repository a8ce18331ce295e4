package dev.pocketagent.provisioner;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import org.junit.jupiter.api.Test;

import dev.pocketagent.testkit.ArchitectureRules;

class ArchitectureTest {

    private static final String ROOT = "dev.pocketagent.provisioner";
    private static final String[] HEART = {ROOT + ".backend", ROOT + ".tree", ROOT + ".template", ROOT + ".render",
            ROOT + ".policy", ROOT
                    + ".compose",
            ROOT + ".plan", ROOT + ".bundle"};

    @Test
    void commonRulesHold() {
        ArchitectureRules.check(ROOT);
    }

    @Test
    void theHeartIsPlainJava() {
        noClasses().that().resideInAnyPackage(HEART).should().dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "jakarta..",
                        "dev.pocketagent.kit..", ROOT + ".stack..", ROOT + ".operation..", ROOT + ".engine..")
                .check(ArchitectureRules.classesOf(
                        ROOT));
    }

    @Test
    void theBorderKnowsNobody() {
        noClasses().that().resideInAPackage(ROOT + ".backend").should().dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".tree", ROOT
                        + ".template", ROOT + ".policy", ROOT + ".plan", ROOT + ".bundle")
                .check(ArchitectureRules.classesOf(ROOT));
    }
}
