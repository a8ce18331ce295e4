package dev.pocketagent.registry.pocketbase;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

import org.jspecify.annotations.Nullable;

/**
 * Single HTTP exchanges with one server that may be slow, broken or not what it should be: bounded in time with their whole
 * body, bounded in memory, no redirects followed.
 */
final class Http implements AutoCloseable {

    /** A page of 1000 records with all mapped fields of full length is below half of it. */
    static final int LARGEST_ANSWER = 16 << 20;

    /**
     * What came back.
     *
     * @param retryAfter what the header of this name says, in seconds; null without one
     */
    record Answer(int status, byte[] body, @Nullable Duration retryAfter) {}

    private final URI base;
    private final Duration timeout;
    private final HttpClient client;
    // Not HttpClient.sendAsync: its callbacks run on the common pool, which has one thread on two cores. And its own
    // time-out ends with the headers, so that a body could come in drops for ever: ours covers all.
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * Makes a client.
     *
     * @throws PocketBaseException {@link Trouble#MISCONFIGURED} when the file with certificates cannot be used
     */
    Http(URI base, @Nullable Path caFile, Duration connectTimeout, Duration timeout) throws PocketBaseException {
        this.base = base;
        this.timeout = timeout;
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connectTimeout).followRedirects(HttpClient.Redirect.NEVER);
        if (caFile != null) {
            try {
                builder.sslContext(trusting(caFile));
            } catch (GeneralSecurityException | IOException e) {
                throw new PocketBaseException(Trouble.MISCONFIGURED, Settings.PREFIX + "ca-file: " + caFile
                        + " holds no certificates that can be used (PEM is needed): " + e.getMessage());
            }
        }
        this.client = builder.build();
    }

    /**
     * Sends a request and reads the whole answer.
     *
     * @param path with its query
     * @param token null for a guest
     * @param body JSON; null for none
     */
    Answer exchange(String method, String path, @Nullable String token, byte @Nullable [] body)
            throws PocketBaseException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path)).timeout(timeout)
                .header("Accept", "application/json")
                .method(method, body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofByteArray(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (token != null) {
            request.header("Authorization", token);
        }
        Future<Answer> call = calls.submit(() -> read(client.send(request.build(),
                HttpResponse.BodyHandlers.ofInputStream())));
        try {
            return call.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw timedOut();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof PocketBaseException known ? known : failed(e.getCause());
        } finally {
            // Interrupts it when it still runs, which closes the connection.
            call.cancel(true);
        }
    }

    private static Answer read(HttpResponse<InputStream> response) throws IOException, PocketBaseException {
        try (InputStream body = response.body()) {
            byte[] bytes = body.readNBytes(LARGEST_ANSWER + 1);
            if (bytes.length > LARGEST_ANSWER) {
                throw new PocketBaseException(Trouble.ANSWER_TOO_LARGE,
                        "PocketBase's answer is larger than " + (LARGEST_ANSWER >> 20) + " MiB; set a smaller "
                                + Settings.PREFIX + "page-size");
            }
            return new Answer(response.statusCode(), bytes,
                    response.headers().firstValue("Retry-After").map(Http::seconds).orElse(null));
        }
    }

    private static @Nullable Duration seconds(String header) {
        // The other form, a date, is not sent by PocketBase nor by the usual proxies.
        return header.matches("[0-9]{1,6}") ? Duration.ofSeconds(Long.parseLong(header)) : null;
    }

    private PocketBaseException timedOut() {
        return new PocketBaseException(Trouble.TIMED_OUT,
                "PocketBase at " + base + " did not finish its answer in " + timeout.toMillis() + " ms");
    }

    private PocketBaseException failed(@Nullable Throwable cause) {
        for (Throwable step = cause; step != null; step = step.getCause() == step ? null : step.getCause()) {
            if (step instanceof SSLException) {
                return new PocketBaseException(Trouble.TLS_REFUSED, "HTTPS to " + base + " fails: " + oneLine(step)
                        + ". Name the certificate's authority in " + Settings.PREFIX
                        + "ca-file, or use PocketBase's internal http:// address");
            }
            if (step instanceof HttpConnectTimeoutException || step instanceof ConnectException
                    || step instanceof UnresolvedAddressException || step instanceof UnknownHostException) {
                String hint = "https".equalsIgnoreCase(base.getScheme())
                        ? ". Where HTTPS is blocked between here and there, use PocketBase's internal http:// address"
                        : ". Does PocketBase run, and is the address right?";
                return new PocketBaseException(Trouble.UNREACHABLE,
                        "Nothing answers at " + base + " (" + oneLine(step) + ")" + hint);
            }
            if (step instanceof java.net.http.HttpTimeoutException) {
                return timedOut();
            }
        }
        return new PocketBaseException(Trouble.UNREACHABLE,
                "The connection to " + base + " broke: " + (cause == null ? "no reason" : oneLine(cause)));
    }

    private static String oneLine(Throwable cause) {
        String text = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return text.replaceAll("\\p{Cntrl}+", " ").substring(0, Math.min(200, text.length()));
    }

    /** Trusts what the JDK trusts, and the file's certificates. */
    private static SSLContext trusting(Path file) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        for (TrustManager manager : managers(null)) {
            if (manager instanceof X509TrustManager usual) {
                for (X509Certificate certificate : usual.getAcceptedIssuers()) {
                    store.setCertificateEntry("usual-" + number++, certificate);
                }
            }
        }
        try (InputStream pem = Files.newInputStream(file)) {
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("own-" + number++, certificate);
            }
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers(store), null);
        return context;
    }

    private static TrustManager[] managers(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    @Override
    public void close() {
        calls.shutdownNow();
        client.shutdownNow();
    }
}
