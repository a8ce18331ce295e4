import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.stream.Stream;

/**
 * Run while the base image is built: turns a directory of PEM certificates into the JVM's trust store. The one that jlink
 * copies is the build machine's, which may trust a company's own authorities that have no place in an image.
 */
final class TrustStore {

    private TrustStore() {
    }

    public static void main(String[] args) throws Exception {
        // No encryption and no MAC, as in the JDK's own file: certificates are public, and the bytes are the same each time.
        System.setProperty("keystore.pkcs12.certProtectionAlgorithm", "NONE");
        System.setProperty("keystore.pkcs12.macAlgorithm", "NONE");
        List<Path> pems;
        try (Stream<Path> files = Files.walk(Path.of(args[0]))) {
            pems = files.filter(file -> file.toString().endsWith(".crt")).sorted().toList();
        }
        CertificateFactory x509 = CertificateFactory.getInstance("X.509");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (Path pem : pems) {
            try (InputStream in = Files.newInputStream(pem)) {
                Certificate certificate = x509.generateCertificate(in);
                store.setCertificateEntry(pem.getFileName().toString(), certificate);
            }
        }
        try (OutputStream out = Files.newOutputStream(Path.of(args[1]))) {
            store.store(out, null);
        }
        System.out.println(pems.size() + " certificates");
    }
}
