package dev.pocketagent.sync.git;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.sync.git.RemoteException.Reason;

/**
 * HTTP/1.1 for JGit in which the address that is checked is the address that is connected to. The JDK's clients resolve a name by
 * themselves, so a check before them can be undone by a second DNS answer (rebinding). No proxy, no cookies, no redirects, no compression
 * (a few bytes could otherwise become gigabytes), one request a connection.
 */
final class CheckedHttp implements HttpConnection {

    private static final int MAX_HEADER_BYTES = 64 * 1024;

    private final URL url;
    private final Transfer transfer;
    private final Map<String, String> requestHeaders = new LinkedHashMap<>();
    private final ByteArrayOutputStream requestBody = new ByteArrayOutputStream();
    private final Map<String, List<String>> responseHeaders = new LinkedHashMap<>();
    private String method = "GET";
    private boolean sent;
    private int status;
    private String reason = "";
    private InputStream responseBody = InputStream.nullInputStream();

    private CheckedHttp(URL url, Transfer transfer) {
        this.url = url;
        this.transfer = transfer;
    }

    /** Connections of one conversation: to the remote itself, wherever its answers point. */
    static HttpConnectionFactory factory(Transfer transfer, RemoteUrl remote) {
        return new HttpConnectionFactory() {
            @Override
            public HttpConnection create(URL url) throws IOException {
                if (!remote.isServedBy(url)) {
                    throw new RemoteException(Reason.REDIRECTED,
                            "The remote names another address for a part of the repository; that is not followed.",
                            null);
                }
                return new CheckedHttp(url, transfer);
            }

            @Override
            public HttpConnection create(URL url, Proxy proxy) throws IOException {
                return create(url);
            }
        };
    }

    private void send() throws IOException {
        if (sent) {
            return;
        }
        sent = true;
        try {
            Socket socket = open();
            StringBuilder head = new StringBuilder(512).append(method).append(' ')
                    .append(url.getFile().isEmpty() ? "/" : url.getFile())
                    .append(" HTTP/1.1\r\nHost: ").append(url.getHost())
                    .append(url.getPort() < 0 ? "" : ":" + url.getPort())
                    .append("\r\nConnection: close\r\n");
            requestHeaders.forEach(
                    (name, value) -> head.append(oneLine(name)).append(": ").append(oneLine(value)).append("\r\n"));
            if (requestBody.size() > 0 || !method.equals("GET")) {
                head.append("Content-Length: ").append(requestBody.size()).append("\r\n");
            }
            OutputStream out = socket.getOutputStream();
            out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            requestBody.writeTo(out);
            out.flush();
            receive(new BufferedInputStream(transfer.counted(socket.getInputStream()), 32 * 1024), socket);
        } catch (SocketTimeoutException slow) {
            throw new RemoteException(Reason.TIMEOUT, "The remote did not answer in time.", slow);
        }
    }

    private Socket open() throws IOException {
        String host = url.getHost().startsWith("[")
                ? url.getHost().substring(1, url.getHost().length() - 1)
                : url.getHost();
        boolean tls = url.getProtocol().equals("https");
        int port = RemoteUrl.portOf(url);
        InetAddress[] addresses;
        try {
            addresses = transfer.addressesOf(host);
        } catch (UnknownHostException unknown) {
            throw new RemoteException(Reason.UNREACHABLE, "The name of the host is not known.", unknown);
        }
        IOException failure = new RemoteException(Reason.OUTBOUND_REFUSED,
                "The host has an address that may not be reached from here.",
                null);
        for (InetAddress address : addresses) {
            if (!transfer.allows(address)) {
                continue;
            }
            Socket socket = new Socket(Proxy.NO_PROXY);
            try {
                socket.setTcpNoDelay(true);
                socket.connect(new InetSocketAddress(address, port), transfer.patienceMillis());
                socket.setSoTimeout(transfer.patienceMillis());
                return tls ? secured(socket, host, port) : socket;
            } catch (SocketTimeoutException slow) {
                socket.close();
                failure = new RemoteException(Reason.TIMEOUT, "The remote did not answer in time.", slow);
            } catch (IOException broken) {
                socket.close();
                failure = broken;
            }
        }
        throw failure;
    }

    private static Socket secured(Socket plain, String host, int port) throws IOException {
        SSLSocket tls = (SSLSocket) ((SSLSocketFactory) SSLSocketFactory.getDefault()).createSocket(plain, host, port,
                true);
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        return tls;
    }

    private void receive(InputStream in, Socket socket) throws IOException {
        do {
            int[] headerBytes = {MAX_HEADER_BYTES};
            String[] statusLine = line(in, headerBytes).split(" ", 3);
            if (statusLine.length < 2 || !statusLine[0].startsWith("HTTP/1.")
                    || !statusLine[1].matches("[1-5][0-9]{2}")) {
                throw new IOException("not an HTTP/1.1 answer");
            }
            status = Integer.parseInt(statusLine[1]);
            reason = statusLine.length > 2 ? statusLine[2] : "";
            responseHeaders.clear();
            for (String header = line(in, headerBytes); !header.isEmpty(); header = line(in, headerBytes)) {
                int colon = header.indexOf(':');
                if (colon < 1) {
                    throw new IOException("not an HTTP header");
                }
                responseHeaders
                        .computeIfAbsent(header.substring(0, colon).toLowerCase(Locale.ROOT), k -> new ArrayList<>())
                        .add(header.substring(colon + 1).strip());
            }
        } while (status < 200);
        transfer.answered(status);
        if (getHeaderField("content-encoding") != null) {
            throw new IOException("compressed though not asked for");
        }
        String coding = getHeaderField("transfer-encoding");
        InputStream body;
        if (coding != null) {
            if (!coding.equalsIgnoreCase("chunked")) {
                throw new IOException("unknown transfer coding");
            }
            body = new Chunked(in);
        } else {
            String length = getHeaderField("content-length");
            body = length == null ? in : new Sized(in, parseLength(length, 10));
        }
        responseBody = new java.io.FilterInputStream(body) {
            @Override
            public void close() throws IOException {
                socket.close();
            }
        };
    }

    private static String line(InputStream in, int[] budget) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the answer ends inside its head");
            }
            if (--budget[0] < 0) {
                throw new IOException("the head of the answer is too long");
            }
            line.append((char) c);
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }

    private static long parseLength(String text, int radix) throws IOException {
        try {
            long length = Long.parseLong(text, radix);
            if (length >= 0) {
                return length;
            }
        } catch (NumberFormatException notANumber) {
            // falls through: the same answer for both
        }
        throw new IOException("not a length");
    }

    private static String oneLine(String value) {
        return value.replaceAll("[\\r\\n\\x00]", "");
    }

    /** Exactly so many bytes; an answer that ends before is an error, not a short body. */
    private static class Sized extends InputStream {

        private final InputStream in;
        private long left;

        Sized(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = in.read(buffer, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("the answer is cut");
            }
            left -= count;
            return count;
        }
    }

    private static final class Chunked extends InputStream {

        private final InputStream in;
        private InputStream chunk = InputStream.nullInputStream();
        private boolean first = true;
        private boolean ended;

        Chunked(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (!ended) {
                int count = chunk.read(buffer, offset, length);
                if (count > 0) {
                    return count;
                }
                next();
            }
            return -1;
        }

        private void next() throws IOException {
            int[] budget = {4096};
            if (!first && !line(in, budget).isEmpty()) {
                throw new IOException("a chunk is longer than it says");
            }
            first = false;
            String size = line(in, budget);
            int extension = size.indexOf(';');
            long length = parseLength((extension < 0 ? size : size.substring(0, extension)).strip(), 16);
            if (length == 0) {
                ended = true;
            } else {
                chunk = new Sized(in, length);
            }
        }
    }

    @Override
    public int getResponseCode() throws IOException {
        send();
        return status;
    }

    @Override
    public URL getURL() {
        return url;
    }

    @Override
    public String getResponseMessage() throws IOException {
        send();
        return reason;
    }

    @Override
    public Map<String, List<String>> getHeaderFields() {
        return responseHeaders;
    }

    @Override
    public void setRequestProperty(String name, String value) {
        if (!name.equalsIgnoreCase("Accept-Encoding")) {
            requestHeaders.put(name, value);
        }
    }

    @Override
    public void setRequestMethod(String method) {
        this.method = method;
    }

    @Override
    public void setUseCaches(boolean use) {
        // there is no cache
    }

    @Override
    public void setConnectTimeout(int millis) {
        // the limits of the transfer hold
    }

    @Override
    public void setReadTimeout(int millis) {
        // the limits of the transfer hold
    }

    @Override
    public @Nullable String getContentType() {
        return getHeaderField("content-type");
    }

    @Override
    public InputStream getInputStream() throws IOException {
        send();
        return responseBody;
    }

    @Override
    public @Nullable String getHeaderField(String name) {
        List<String> values = responseHeaders.get(name.toLowerCase(Locale.ROOT));
        return values == null ? null : values.getLast();
    }

    @Override
    public List<String> getHeaderFields(String name) {
        return responseHeaders.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    }

    @Override
    public int getContentLength() {
        String length = getHeaderField("content-length");
        try {
            return length == null ? -1 : Math.toIntExact(parseLength(length, 10));
        } catch (IOException | ArithmeticException unknown) {
            return -1;
        }
    }

    @Override
    public void setInstanceFollowRedirects(boolean follow) {
        // redirects are never followed
    }

    @Override
    public void setDoOutput(boolean output) {
        // whether there is a body shows when it is written
    }

    @Override
    public void setFixedLengthStreamingMode(int length) {
        // requests of a fetch are small: they are sent in one piece
    }

    @Override
    public OutputStream getOutputStream() {
        return requestBody;
    }

    @Override
    public void setChunkedStreamingMode(int length) {
        // requests of a fetch are small: they are sent in one piece
    }

    @Override
    public String getRequestMethod() {
        return method;
    }

    @Override
    public boolean usingProxy() {
        return false;
    }

    @Override
    public void connect() throws IOException {
        send();
    }

    @Override
    public void configure(KeyManager @Nullable [] keys, TrustManager @Nullable [] trust, @Nullable SecureRandom random)
            throws KeyManagementException {
        throw new KeyManagementException("certificates are always checked");
    }

    @Override
    public void setHostnameVerifier(HostnameVerifier verifier) throws KeyManagementException {
        throw new KeyManagementException("host names are always checked");
    }
}
