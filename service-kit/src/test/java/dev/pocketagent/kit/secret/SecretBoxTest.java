package dev.pocketagent.kit.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;

import org.junit.jupiter.api.Test;

class SecretBoxTest {

    private final SecureRandom random = new SecureRandom();
    private final byte[] key = random.generateSeed(32);
    private final SecretBox box = new SecretBox(key, random);
    private final byte[] here = "tenant/field".getBytes(StandardCharsets.UTF_8);
    private final byte[] plain = "a token".getBytes(StandardCharsets.UTF_8);

    @Test
    void opensOnlyInItsPlaceWithItsKeyAndUnchanged() {
        byte[] sealed = box.seal(plain, here);
        assertThat(box.open(sealed, here)).isEqualTo(plain);
        assertThat(new String(sealed, StandardCharsets.ISO_8859_1)).doesNotContain("token");
        refused(sealed, "tenant/other".getBytes(StandardCharsets.UTF_8), box);
        refused(sealed, here, new SecretBox(random.generateSeed(32), random));
        for (int i = 0; i < sealed.length; i++) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;
            refused(changed, here, box);
        }
        for (int length = 0; length < sealed.length; length++) {
            refused(Arrays.copyOf(sealed, length), here, box);
        }
    }

    @Test
    void theSameTextIsNeverSealedTheSameWayTwice() {
        assertThat(box.seal(plain, here)).isNotEqualTo(box.seal(plain, here));
    }

    @Test
    void anEmptyTextIsATextToo() {
        assertThat(box.open(box.seal(new byte[0], here), here)).isEmpty();
    }

    @Test
    void keysOfAnotherLengthAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new SecretBox(new byte[16], random));
    }

    private static void refused(byte[] sealed, byte[] associated, SecretBox box) {
        assertThatExceptionOfType(SecretException.class).isThrownBy(() -> box.open(sealed, associated));
    }
}
