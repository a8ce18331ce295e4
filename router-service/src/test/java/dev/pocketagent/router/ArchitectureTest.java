package dev.pocketagent.router;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import org.junit.jupiter.api.Test;

import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;

import dev.pocketagent.testkit.ArchitectureRules;

class ArchitectureTest {

    @Test
    void keepsTheCommonRules() {
        ArchitectureRules.check("dev.pocketagent.router");
    }

    @Test
    void packagesDependOneWay() {
        SlicesRuleDefinition.slices().matching("dev.pocketagent.router.(*)..").should().beFreeOfCycles()
                .check(ArchitectureRules.classesOf("dev.pocketagent.router"));
    }

    @Test
    void theHeartKnowsNoFramework() {
        noClasses().that().resideInAPackage("dev.pocketagent.router.openai..").should().dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "io.vertx..", "io.netty..", "jakarta..", "dev.pocketagent.kit..")
                .check(ArchitectureRules.classesOf("dev.pocketagent.router"));
    }
}
