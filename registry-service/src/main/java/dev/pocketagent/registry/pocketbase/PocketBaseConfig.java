package dev.pocketagent.registry.pocketbase;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Where PocketBase is, how its records map to tenants, and how much the bridge may do. */
@ConfigMapping(prefix = "pocket.registry.pocketbase")
public interface PocketBaseConfig {

    /** Base address, for example {@code http://pocketbase:8090}. Without it the bridge is off. */
    Optional<URI> url();

    /** Name of the collection whose records are tenants. */
    @WithDefault("tenants")
    String collection();

    /** The superuser's e-mail address. Needs {@link #passwordFile()}; unused with {@link #tokenFile()}. */
    Optional<String> identity();

    /** File with the superuser's password; read again at every sign-in. */
    Optional<Path> passwordFile();

    /** File with a superuser's impersonation token, instead of identity and password; read again at every run. */
    Optional<Path> tokenFile();

    /** Where a superuser signs in. PocketBase up to 0.22 has it at {@code /api/admins/auth-with-password}. */
    @WithDefault("/api/collections/_superusers/auth-with-password")
    String authPath();

    /** File with certificates (PEM) that are trusted for PocketBase beside the usual ones. */
    Optional<Path> caFile();

    /** Time from one run's end to the next run. 0 runs only by hand, and nothing is written back in between. */
    @WithDefault("60s")
    Duration interval();

    /** Whether the runs of the interval only report what they would do. */
    @WithDefault("false")
    boolean dryRun();

    /** Whose value holds when both sides changed: {@code registry-wins}, {@code pocketbase-wins} or {@code report}. */
    @WithDefault("report")
    Conflict conflict();

    /** Whether a record without a tenant becomes one. */
    @WithDefault("true")
    boolean create();

    /** Plan of new tenants whose record names none. Without it such a record is reported. */
    Optional<String> defaultPlan();

    /** Which of name, plan and state are written to the record when the registry changed them. */
    @WithDefault("state")
    Set<Part> writeBack();

    Fields fields();

    /** What PocketBase's states mean, for example {@code states.paused=suspended}. Our own words mean themselves. */
    Map<String, String> states();

    /** What PocketBase's plans mean, for example {@code plans.gold=business}. Our own names mean themselves. */
    Map<String, String> plans();

    /** Records a page, 1 to 1000. Smaller pages are smaller answers. */
    @WithDefault("200")
    int pageSize();

    /**
     * Most records that the collection may hold; a run over more fails before it changes anything. A run keeps about 2 KiB of
     * heap for each (measured), and the image of the compose file has 224 MiB of it.
     */
    @WithDefault("50000")
    int maxRecords();

    /** How long a connection may take. */
    @WithDefault("3s")
    Duration connectTimeout();

    /** How long one call may take, its whole answer included. */
    @WithDefault("15s")
    Duration timeout();

    /** Names of the record's fields. A field that the collection lacks is neither read nor written. */
    interface Fields {
        /** Becomes the tenant's slug, once. The only field that must be there. */
        @WithDefault("slug")
        String slug();

        @WithDefault("name")
        String name();

        @WithDefault("plan")
        String plan();

        @WithDefault("state")
        String state();

        /** Gets the tenant's id. */
        @WithDefault("tenant_id")
        String tenantId();

        /** Gets what is wrong with the record, and is emptied when it is right again. */
        @WithDefault("last_error")
        String lastError();

        /**
         * Fields that get a tenant's external ids, by the id's name; {@code coolify_project_uuid}, {@code .._service_uuid},
         * {@code .._server_uuid} and {@code .._environment_uuid} in fields of the same names unless told.
         */
        Map<String, String> externalIds();
    }
}
