package dev.pocketagent.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class TemplateCommandsTest extends CommandTestBase {

    private static final String TEMPLATE = """
            {"name":"web","version":1,"title":"Web container","description":"One container that answers HTTP.",
            "parameters":{"type":"object","required":["key"],"properties":{
            "image":{"type":"string","description":"Image with a tag.","minLength":1,"maxLength":300},
            "port":{"type":"integer","description":"Port that the program listens on.","minimum":1024,"maximum":65535,"default":8080},
            "mode":{"type":"string","description":"How.","enum":["fast","safe"],"default":"safe"},
            "publish":{"type":"boolean","description":"On the host.","default":true},
            "key":{"type":"string","description":"A key.","minLength":10,"x-secret":true},
            "token":{"type":"string","description":"A token.","x-secret":true,"x-generate":32},
            "path":{"type":"string","description":"A path.","pattern":"^/$","maxLength":9,"default":"/"},
            "environment":{"type":"object","description":"More.","maxProperties":100,"default":{}},
            "command":{"type":"array","description":"Program.","minItems":1,"maxItems":64}}},
            "exceptions":[{"rule":"user-id","service":"web","reason":"the files are of 1000:1000"}]}""";

    @BeforeEach
    void template() {
        fake.on("GET /api/v1/templates/web", Answer.json(200, TEMPLATE));
    }

    @Test
    void shouldShowParametersAsTable() {
        // When
        int exit = run("template", "show", "web");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                web, version 1: Web container
                One container that answers HTTP.

                PARAMETER    TYPE            DEFAULT      ALLOWED                           WHAT IT IS FOR
                image        string          -            1 to 300 characters               Image with a tag.
                port         integer         8080         1024 to 65535                     Port that the program listens on.
                mode         string          safe         fast, safe                        How.
                publish      boolean         true         true, false                       On the host.
                key          string, secret  (needed)     10 characters or more             A key.
                token        string, secret  (generated)  -                                 A token.
                path         string          /            up to 9 characters, matching ^/$  A path.
                environment  object          {}           up to 100 entries                 More.
                command      array           -            1 to 64 items                     Program.

                EXEMPT FROM  SERVICE  BECAUSE
                user-id      web      the files are of 1000:1000
                """);
    }

    @Test
    void shouldNotCutWhatParametersAreForAtANarrowTerminal() {
        // When
        runAt(40, "template", "show", "web");

        // Then
        assertThat(out()).contains("    Port that the program listens on.\n").contains("environment");
    }

    @Test
    void shouldGiveProgramsTheSchema() {
        // When
        run("template", "show", "web", "-o", "json");

        // Then
        assertThat(Json.read(out())).isEqualTo(Json.read(TEMPLATE));
    }
}
