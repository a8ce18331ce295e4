package dev.pocketagent.sync.serve;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.sync.SyncProblem;
import dev.pocketagent.sync.git.GitStore;
import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.Snapshot;
import dev.pocketagent.sync.serve.Readings.Reading;
import dev.pocketagent.sync.skill.Diagnostic;
import dev.pocketagent.sync.skill.Skill;
import dev.pocketagent.sync.source.Live;
import dev.pocketagent.sync.source.RevisionRow;
import dev.pocketagent.sync.source.Source;
import io.vertx.ext.web.RoutingContext;

/**
 * What agents read. Every answer says which revision it is from and how old that is, and a reader who has it already gets 304. When the
 * remote is away nothing here changes but the age.
 */
@Path("/api/v1/sources/{id}")
@RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER,
        Roles.AGENT})
public class ContextResource {

    private static final long MOST_CONTEXT_BYTES = 8L * 1024 * 1024;
    /** As much as the largest models read: a million tokens are about 4 MB. */
    private static final long MOST_PROMPT_BYTES = 4L * 1024 * 1024;
    /** How often a prompt is in memory while it is put together. */
    private static final int PROMPT_COPIES = 8;
    /** The file, and the text or Base64 that is made of it. */
    private static final int CONTEXT_COPIES = 2;
    /** A file or skill in a list, with its names. */
    private static final int BYTES_PER_ENTRY = 256;
    private static final String MARKDOWN = "text/markdown;charset=UTF-8";
    private static final Map<String, String> TYPES = Map.ofEntries(Map.entry("md", MARKDOWN),
            Map.entry("json", "application/json"),
            Map.entry("yaml", "application/yaml"), Map.entry("yml", "application/yaml"), Map.entry("png", "image/png"),
            Map.entry("jpg", "image/jpeg"), Map.entry("jpeg", "image/jpeg"), Map.entry("pdf", "application/pdf"));

    private final Readings readings;
    private final Caller caller;
    private final Session database;
    private final RowScope rows;
    private final LargeAnswers answers;
    private final RoutingContext exchange;
    private final ObjectWriter json;

    @Inject
    ContextResource(Readings readings, Caller caller, Session database, RowScope rows, LargeAnswers answers,
            RoutingContext exchange, ObjectMapper json) {
        this.readings = readings;
        this.caller = caller;
        this.database = database;
        this.rows = rows;
        this.answers = answers;
        this.exchange = exchange;
        this.json = json.writer().without(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    }

    /**
     * Context and skill catalogue in one answer.
     *
     * @param missing files that the prompt should have and this context has not
     */
    public record Bundle(String revision, Instant syncedAt, long stalenessSeconds, List<BundleFile> files,
            List<SkillView> skills,
            List<String> missing) {}

    /**
     * One file of the context.
     *
     * @param encoding {@code utf-8}, or {@code base64} for what is no text
     */
    public record BundleFile(String path, String content, String encoding) {}

    /** A file in a list. */
    public record FileView(String path, long sizeBytes, boolean executable, String etag) {}

    /** The files of a revision. */
    public record FileList(String revision, List<FileView> items) {}

    /** The skills of a revision. */
    public record SkillList(String revision, List<SkillView> items) {}

    /** A skill in the catalogue; see {@link Skill}. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record SkillView(String name, @Nullable String description, String kind, String location,
            @Nullable String license,
            @Nullable String compatibility, List<String> allowedTools, Map<String, String> metadata,
            List<String> parameters,
            List<String> files, boolean loadable, List<DiagnosticView> diagnostics) {

        static SkillView of(Skill skill) {
            return new SkillView(skill.name(), skill.description(), word(skill.kind()), skill.location(),
                    skill.license(),
                    skill.compatibility(), skill.allowedTools(), skill.metadata(), skill.parameters(), skill.files(),
                    skill.loadable(),
                    skill.diagnostics().stream().map(DiagnosticView::of).toList());
        }
    }

    /** A finding about a skill. */
    public record DiagnosticView(String severity, String code, String message) {

        static DiagnosticView of(Diagnostic diagnostic) {
            return new DiagnosticView(word(diagnostic.severity()), diagnostic.code(), diagnostic.message());
        }
    }

    /** A revision in the list. */
    public record RevisionView(long number, String revision, String subject, Instant committedAt, Instant publishedAt,
            boolean forced, int files,
            long bytes, @JsonRawValue String warnings, boolean live) {}

    private interface Work<T> {
        T with(GitStore store, Snapshot snapshot) throws IOException;
    }

    @GET
    @Path("/context")
    @Produces(MediaType.APPLICATION_JSON)
    public Response context(@PathParam("id") UUID id, @QueryParam("rev") @Nullable String rev,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String ifNoneMatch, @Context UriInfo uri)
            throws IOException {
        QueryParams.allow(uri, "rev");
        Reading reading = readings.of(id, rev, caller);
        // Weak: the age inside changes while the content does not.
        String tag = quoted(reading.revision().id());
        if (ETags.notModified(ifNoneMatch, tag)) {
            return notModified(reading, "W/" + tag);
        }
        return read(reading, (store, snapshot) -> {
            ContextFiles context = ContextFiles.of(snapshot);
            long size = context.all().stream().mapToLong(Entry::sizeBytes).sum();
            if (size > MOST_CONTEXT_BYTES) {
                throw new ProblemException(SyncProblem.CONTEXT_TOO_LARGE,
                        "It is larger than 8 MiB. Read its files one by one.");
            }
            List<Skill> skills = readings.skills(reading, store);
            long held = size * CONTEXT_COPIES + context.all().size() * (long) BYTES_PER_ENTRY + sizeOf(skills);
            LargeAnswers.Held room = answers.hold(reading.tenantId(), held, exchange);
            List<BundleFile> files = new ArrayList<>();
            for (Entry entry : context.all()) {
                files.add(bundled(entry, store.bytes(entry)));
            }
            Bundle bundle = new Bundle(reading.revision().id(), reading.revision().checkedAt(),
                    reading.stalenessSeconds(), files, skills.stream().map(SkillView::of).toList(),
                    context.missing());
            return answer(json(bundle, room), reading, "W/" + tag);
        });
    }

    @GET
    @Path("/context/prompt")
    @Produces(MARKDOWN)
    public Response prompt(@PathParam("id") UUID id, @QueryParam("rev") @Nullable String rev,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String ifNoneMatch, @Context UriInfo uri)
            throws IOException {
        QueryParams.allow(uri, "rev");
        Reading reading = readings.of(id, rev, caller);
        String tag = quoted(reading.revision().treeId());
        if (ETags.notModified(ifNoneMatch, tag)) {
            return notModified(reading, tag);
        }
        return read(reading, (store, snapshot) -> {
            ContextFiles context = ContextFiles.of(snapshot);
            Map<String, Entry> entries = new HashMap<>();
            ContextFiles.PROMPT.forEach(name -> context.named(name).ifPresent(entry -> entries.put(name, entry)));
            long size = entries.values().stream().mapToLong(Entry::sizeBytes).sum();
            if (size > MOST_PROMPT_BYTES) {
                throw new ProblemException(SyncProblem.CONTEXT_TOO_LARGE,
                        "The files of the prompt are larger than 4 MiB. Read them one by one.");
            }
            LargeAnswers.Held room = answers.hold(reading.tenantId(), size * PROMPT_COPIES, exchange);
            Map<String, String> texts = new HashMap<>();
            for (Map.Entry<String, Entry> entry : entries.entrySet()) {
                texts.put(entry.getKey(), new String(store.bytes(entry.getValue()), StandardCharsets.UTF_8));
            }
            byte[] prompt = Prompt.render(texts::get).getBytes(StandardCharsets.UTF_8);
            return answer(Response.ok(bytes(prompt, room), MARKDOWN), reading, tag);
        });
    }

    @GET
    @Path("/files")
    @Produces(MediaType.APPLICATION_JSON)
    public Response files(@PathParam("id") UUID id, @QueryParam("prefix") @Nullable String prefix,
            @QueryParam("rev") @Nullable String rev,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String ifNoneMatch, @Context UriInfo uri)
            throws IOException {
        QueryParams.allow(uri, "prefix", "rev");
        Reading reading = readings.of(id, rev, caller);
        String tag = quoted(reading.revision().treeId());
        if (ETags.notModified(ifNoneMatch, tag)) {
            return notModified(reading, tag);
        }
        return read(reading, (store, snapshot) -> {
            List<Entry> entries = snapshot.below(prefix == null ? "" : prefix);
            LargeAnswers.Held room = answers.hold(reading.tenantId(), entries.size() * (long) BYTES_PER_ENTRY,
                    exchange);
            List<FileView> found = entries.stream().map(entry -> new FileView(entry.path(), entry.sizeBytes(),
                    entry.executable(), quoted(entry.blobId()))).toList();
            return answer(json(new FileList(reading.revision().id(), found), room), reading, tag);
        });
    }

    @GET
    @Path("/files/{path: .+}")
    @Produces(MediaType.WILDCARD)
    public Response file(@PathParam("id") UUID id, @PathParam("path") String path,
            @QueryParam("rev") @Nullable String rev,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String ifNoneMatch, @Context UriInfo uri)
            throws IOException {
        QueryParams.allow(uri, "rev");
        Reading reading = readings.of(id, rev, caller);
        return read(reading, (store, snapshot) -> {
            Entry entry = snapshot.find(path).orElseThrow(() -> ProblemException.notFound("file", path));
            String tag = quoted(entry.blobId());
            if (ETags.notModified(ifNoneMatch, tag)) {
                return notModified(reading, tag);
            }
            LargeAnswers.Held room = answers.hold(reading.tenantId(), entry.sizeBytes(), exchange);
            byte[] content = store.bytes(entry);
            return answer(Response.ok(bytes(content, room), type(entry, content))
                    .header(HttpHeaders.CONTENT_LENGTH, content.length).header("X-Executable", entry.executable())
                    .header("X-Content-Type-Options", "nosniff"), reading, tag);
        });
    }

    @GET
    @Path("/skills")
    @Produces(MediaType.APPLICATION_JSON)
    public Response skills(@PathParam("id") UUID id, @QueryParam("rev") @Nullable String rev,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String ifNoneMatch, @Context UriInfo uri)
            throws IOException {
        QueryParams.allow(uri, "rev");
        Reading reading = readings.of(id, rev, caller);
        String tag = quoted(reading.revision().treeId());
        if (ETags.notModified(ifNoneMatch, tag)) {
            return notModified(reading, tag);
        }
        return read(reading, (store, snapshot) -> {
            List<Skill> skills = readings.skills(reading, store);
            LargeAnswers.Held room = answers.hold(reading.tenantId(), sizeOf(skills), exchange);
            return answer(json(new SkillList(reading.revision().id(), skills.stream().map(SkillView::of).toList()),
                    room), reading, tag);
        });
    }

    @GET
    @Path("/skills/{name}")
    @Produces(MediaType.APPLICATION_JSON)
    public Response skill(@PathParam("id") UUID id, @PathParam("name") String name,
            @QueryParam("rev") @Nullable String rev,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String ifNoneMatch, @Context UriInfo uri)
            throws IOException {
        QueryParams.allow(uri, "rev");
        Reading reading = readings.of(id, rev, caller);
        String tag = quoted(reading.revision().treeId());
        if (ETags.notModified(ifNoneMatch, tag)) {
            return notModified(reading, tag);
        }
        SkillView skill = read(reading, (store, snapshot) -> readings.skills(reading, store).stream()
                .filter(one -> one.name().equals(name)).findFirst().map(SkillView::of)
                .orElseThrow(() -> ProblemException.notFound("skill", name)));
        return answer(Response.ok(skill), reading, tag);
    }

    @GET
    @Path("/revisions")
    @Transactional
    @Produces(MediaType.APPLICATION_JSON)
    public Page<RevisionView> revisions(@PathParam("id") UUID id, @QueryParam("limit") @Nullable Integer limit,
            @QueryParam("cursor") @Nullable String cursor, @Context UriInfo uri) {
        QueryParams.allow(uri, "limit", "cursor");
        rows.of(caller);
        if (database.find(Source.class, id) == null) {
            throw ProblemException.notFound("source", id);
        }
        Live live = database.find(Live.class, id);
        int size = Paging.limit(limit);
        List<RevisionRow> found = database
                .createQuery("from RevisionRow where sourceId = :source and number < :before order by number desc",
                        RevisionRow.class)
                .setParameter("source", id).setParameter("before", cursor == null ? Long.MAX_VALUE : number(cursor))
                .setMaxResults(size + 1)
                .getResultList();
        return Page.of(found, size,
                row -> new RevisionView(row.number, row.revision, row.subject, row.committedAt, row.createdAt,
                        row.forced,
                        row.files, row.bytes, row.warnings, live.number != null && live.number == row.number),
                row -> Cursor.encode(String.valueOf(row.number)));
    }

    private <T> T read(Reading reading, Work<T> work) throws IOException {
        try (GitStore store = readings.open(reading)) {
            return work.with(store, readings.snapshot(reading, store));
        }
    }

    private static long sizeOf(List<Skill> skills) {
        return skills.stream().mapToLong(skill -> skill.characters() + (1L + skill.files().size()) * BYTES_PER_ENTRY)
                .sum();
    }

    private Response.ResponseBuilder json(Object entity, LargeAnswers.Held room) {
        return Response.ok(room.isLarge() ? room.body(out -> json.writeValue(out, entity)) : entity);
    }

    private static Object bytes(byte[] content, LargeAnswers.Held room) {
        return room.isLarge() ? room.body(out -> out.write(content)) : content;
    }

    private static BundleFile bundled(Entry entry, byte[] content) {
        Optional<String> text = text(content);
        return text.isPresent()
                ? new BundleFile(entry.path(), text.get(), "utf-8")
                : new BundleFile(entry.path(), Base64.getEncoder().encodeToString(content), "base64");
    }

    private static Optional<String> text(byte[] content) {
        for (byte one : content) {
            if (one == 0) {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
        } catch (CharacterCodingException binary) {
            return Optional.empty();
        }
    }

    /** Never HTML or SVG: a tenant's file must not run as a page of this host. */
    private static String type(Entry entry, byte[] content) {
        String name = entry.name().toLowerCase(Locale.ROOT);
        String known = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        return known != null
                ? known
                : isText(content) ? "text/plain;charset=UTF-8" : MediaType.APPLICATION_OCTET_STREAM;
    }

    /** Looks piece by piece: as a text the whole of it would take up to twice its file. */
    private static boolean isText(byte[] content) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(content);
        CharBuffer out = CharBuffer.allocate(8192);
        CoderResult result;
        do {
            out.clear();
            result = decoder.decode(in, out, true);
            if (result.isError() || out.flip().chars().anyMatch(c -> c == 0)) {
                return false;
            }
        } while (result.isOverflow());
        return true;
    }

    private static Response notModified(Reading reading, String tag) {
        return answer(Response.notModified(), reading, tag);
    }

    private static Response answer(Response.ResponseBuilder response, Reading reading, String tag) {
        return response.header(HttpHeaders.ETAG, tag)
                .header(HttpHeaders.CACHE_CONTROL, "private, max-age=0, stale-if-error=86400")
                .header("X-Revision", reading.revision().id())
                .header("X-Synced-At", reading.revision().checkedAt().toString())
                .header("X-Staleness-Seconds", reading.stalenessSeconds()).build();
    }

    private static long number(String cursor) {
        try {
            return Long.parseLong(Cursor.decode(cursor, 1).getFirst());
        } catch (NumberFormatException notOurs) {
            throw ProblemException.invalid("?cursor", "is not a cursor of this list");
        }
    }

    private static String quoted(String id) {
        return "\"" + id + "\"";
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
