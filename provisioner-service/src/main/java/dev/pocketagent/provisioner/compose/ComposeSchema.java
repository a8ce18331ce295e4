package dev.pocketagent.provisioner.compose;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import dev.harrel.jsonschema.providers.JacksonNode;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/**
 * The JSON schema of the Compose specification, as a second net below our own writing. It knows what is well-formed, not what is safe:
 * {@code privileged: true} is valid.
 */
public final class ComposeSchema {

    private final Validator validator;
    private final URI schema;

    public ComposeSchema() {
        try (InputStream in = ComposeSchema.class.getClassLoader().getResourceAsStream("compose/compose-spec.json")) {
            if (in == null) {
                throw new IllegalStateException("resource is missing: compose/compose-spec.json");
            }
            ObjectNode document = (ObjectNode) new ObjectMapper().readTree(in);
            // As published, the id is relative and validators refuse it.
            document.put("$id", "https://compose-spec.io/schema/compose-spec.json");
            document.put("$schema", "http://json-schema.org/draft-07/schema#");
            validator = new ValidatorFactory().withJsonNodeFactory(new JacksonNode.Factory())
                    .withDisabledSchemaValidation(true)
                    .createValidator();
            schema = validator.registerSchema(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is not well-formed, with JSON pointers; empty when all is well. */
    public List<String> check(Tree document) {
        Validator.Result result = validator.validate(schema, Trees.toJson(document));
        return result.isValid()
                ? List.of()
                : result.getErrors().stream().map(error -> error.getInstanceLocation() + ": " + error.getError())
                        .toList();
    }
}
