package dev.pocketagent.registry;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;

import jakarta.annotation.security.DenyAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.HttpMethod;

import org.junit.jupiter.api.Test;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;

import dev.pocketagent.testkit.ArchitectureRules;

class ArchitectureTest {

    private static final String ROOT = "dev.pocketagent.registry";

    @Test
    void keepsTheCommonRules() {
        ArchitectureRules.check(ROOT);
    }

    @Test
    void featuresDependOnEachOtherInOneDirection() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(ArchitectureRules.classesOf(ROOT));
    }

    @Test
    void everyRouteSaysWhoMayUseIt() {
        // Given
        JavaClasses code = ArchitectureRules.classesOf(ROOT);
        Set<String> open = new TreeSet<>();
        int routes = 0;
        // When
        for (JavaClass type : code) {
            for (JavaMethod method : type.getMethods()) {
                if (method.getAnnotations().stream()
                        .anyMatch(found -> found.getRawType().isAnnotatedWith(HttpMethod.class))) {
                    routes++;
                    if (!isGuarded(method) && !isGuarded(type)) {
                        open.add(method.getFullName());
                    }
                }
            }
        }
        // Then
        assertThat(open).as("routes without a role").isEmpty();
        assertThat(routes).as("routes looked at").isGreaterThan(15);
    }

    private static boolean isGuarded(com.tngtech.archunit.core.domain.properties.CanBeAnnotated part) {
        return part.isAnnotatedWith(RolesAllowed.class) || part.isAnnotatedWith(DenyAll.class);
    }
}
