package dev.pocketagent.kit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import org.junit.jupiter.api.Test;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

class ArchitectureTest {

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.pocketagent");

    @Test
    void theKitKnowsNoDomain() {
        noClasses().that().resideInAPackage("dev.pocketagent.kit..").should().dependOnClassesThat()
                .resideInAnyPackage("dev.pocketagent.registry..", "dev.pocketagent.provisioner..",
                        "dev.pocketagent.router..", "dev.pocketagent.sync..", "dev.pocketagent.cli..")
                .allowEmptyShould(true).check(CODE);
    }

    @Test
    void keyFormatAndAddressPolicyArePlainJava() {
        noClasses().that().resideInAPackage("dev.pocketagent.kit.key..").should().dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "jakarta..", "io.vertx..", "com.fasterxml..").check(CODE);
    }

    @Test
    void onlyTheSecretPackageTouchesEncryption() {
        noClasses().that().resideOutsideOfPackage("dev.pocketagent.kit.secret..").should().dependOnClassesThat()
                .resideInAPackage("javax.crypto..").check(CODE);
    }
}
