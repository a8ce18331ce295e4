package dev.pocketagent.provisioner.template;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.pocketagent.provisioner.tree.Trees;

/** The templates by name. */
public final class Catalogue {

    /** Resources are named one by one: a class path cannot be listed in a native image. */
    private static final List<String> SHIPPED = List.of("web", "openclaw-agent");

    private final Map<String, ParameterRules> byName;

    public Catalogue(List<Template> templates) {
        Map<String, ParameterRules> map = new LinkedHashMap<>();
        for (Template template : templates) {
            if (map.put(template.name(), new ParameterRules(template)) != null) {
                throw new IllegalArgumentException("two templates are called " + template.name());
            }
        }
        byName = Collections.unmodifiableMap(map);
    }

    /** The templates that come with this service. */
    public static Catalogue shipped() {
        return new Catalogue(SHIPPED.stream()
                .map(name -> Template.of(Trees.readYaml(resource("templates/" + name + ".yaml")))).toList());
    }

    public Collection<Template> all() {
        return byName.values().stream().map(ParameterRules::template).toList();
    }

    /** A template with its parameter rules. */
    public Optional<ParameterRules> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    private static String resource(String path) {
        try (InputStream in = Catalogue.class.getClassLoader().getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("resource is missing: " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
