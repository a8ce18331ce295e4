package dev.pocketagent.kit.start;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;

class ClassPreloaderTest {

    private static final AtomicBoolean INITIALISED = new AtomicBoolean();

    static final class Probe {
        static {
            INITIALISED.set(true);
        }
    }

    private static final class Recorder extends ClassLoader {

        private final List<String> asked = new ArrayList<>();
        private final String list;

        Recorder(String list) {
            super(ClassPreloaderTest.class.getClassLoader());
            this.list = list;
        }

        @Override
        public Class<?> loadClass(String name) throws ClassNotFoundException {
            asked.add(name);
            return super.loadClass(name);
        }

        @Override
        public InputStream getResourceAsStream(String name) {
            assertThat(name).isEqualTo(ClassPreloader.LIST);
            return new ByteArrayInputStream(list.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void shouldLoadInTheListsOrderAndGoOnAfterWhatIsNotThere() {
        // Given
        String own = ClassPreloaderTest.class.getPackageName();
        var loader = new Recorder("# recorded\nno.such.place Nowhere\n" + own + " ClassPreloaderTest$Probe Main\n");

        // When
        new ClassPreloader(loader).run();

        // Then
        assertThat(loader.asked).containsExactly("no.such.place.Nowhere", own + ".ClassPreloaderTest$Probe",
                own + ".Main");
        assertThat(INITIALISED).as("a class is loaded, and nothing of it runs").isFalse();
    }

    @Test
    void shouldListWhatTheLibrariesOfThisBuildHave() {
        // Given
        ClassLoader loader = ClassPreloaderTest.class.getClassLoader();
        var all = new ArrayList<String>();
        var missing = new ArrayList<String>();

        // When
        ClassPreloader.forEachName(loader, name -> {
            all.add(name);
            if (loader.getResource(name.replace('.', '/') + ".class") == null) {
                missing.add(name);
            }
        });

        // Then: the rest is what Quarkus generates for a service
        assertThat(all).hasSizeGreaterThan(5_000).doesNotHaveDuplicates();
        assertThat(missing).as("is the list older than the libraries? bench/start/classes records a new one")
                .hasSizeLessThan(all.size() / 10);
    }
}
