package dev.pocketagent.sync.webhook;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;

/**
 * What a genuine push says about itself. Only a hint that saves a useless look at the remote: a payload that cannot be understood means
 * "go and look".
 *
 * @param refs branches and tags that moved, as the forge writes them ({@code refs/heads/main} or {@code main})
 * @param defaultBranch the branch that the forge calls the default
 */
public record PushHint(Set<String> refs, @Nullable String defaultBranch) {

    /** A payload that says nothing. */
    static final PushHint NOTHING = new PushHint(Set.of(), null);

    public PushHint {
        refs = Set.copyOf(refs);
    }

    /** Whether a source on this branch (null: the default one) has to look. */
    public boolean concerns(@Nullable String ref) {
        String wanted = ref == null ? defaultBranch : ref;
        return refs.isEmpty() || wanted == null || refs.stream().anyMatch(moved -> bare(moved).equals(bare(wanted)));
    }

    private static String bare(String ref) {
        return ref.startsWith("refs/heads/")
                ? ref.substring(11)
                : ref.startsWith("refs/tags/") ? ref.substring(10) : ref;
    }

    /**
     * Reads a payload token by token, whatever its size.
     *
     * @param form whether it is GitHub's form type ({@code payload=<URL-encoded JSON>})
     */
    static PushHint read(InputStream body, boolean form) throws IOException {
        InputStream json = form ? new FormField(body) : body;
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(64).maxStringLength(10_000_000).build())
                .build();
        Set<String> refs = new LinkedHashSet<>();
        String defaultBranch = null;
        try (JsonParser parser = factory.createParser(json)) {
            StringBuilder path = new StringBuilder();
            for (JsonToken token = parser.nextToken(); token != null
                    && refs.size() < 1000; token = parser.nextToken()) {
                if (token != JsonToken.VALUE_STRING) {
                    continue;
                }
                switch (path(parser, path)) {
                    // GitHub, GitLab, Gitea, Forgejo / Bitbucket Cloud, new and (for a deletion) old / Bitbucket Data Center
                    case "/ref", "/push/changes/new/name", "/push/changes/old/name", "/changes/ref/id" ->
                        refs.add(parser.getText());
                    case "/repository/default_branch", "/project/default_branch", "/repository/mainbranch/name" ->
                        defaultBranch = parser.getText();
                    default -> {
                        // not of interest
                    }
                }
            }
        } catch (JsonProcessingException notJson) {
            return NOTHING;
        }
        return new PushHint(refs, defaultBranch);
    }

    private static String path(JsonParser parser, StringBuilder path) {
        path.setLength(0);
        for (var context = parser.getParsingContext(); context != null; context = context.getParent()) {
            if (context.getCurrentName() != null) {
                path.insert(0, context.getCurrentName()).insert(0, '/');
            }
        }
        return path.toString();
    }

    /** The value of {@code payload=} in a form body, decoded while it is read. */
    private static final class FormField extends InputStream {

        private final InputStream in;
        private boolean ended;

        FormField(InputStream in) throws IOException {
            this.in = in;
            byte[] name = "payload=".getBytes(StandardCharsets.US_ASCII);
            ended = !Arrays.equals(in.readNBytes(name.length), name);
        }

        @Override
        public int read() throws IOException {
            int c = ended ? -1 : in.read();
            if (c < 0 || c == '&') {
                ended = true;
                return -1;
            }
            if (c == '+') {
                return ' ';
            }
            if (c == '%') {
                int value = Character.digit(in.read(), 16) * 16 + Character.digit(in.read(), 16);
                return value < 0 ? '?' : value;
            }
            return c;
        }
    }
}
