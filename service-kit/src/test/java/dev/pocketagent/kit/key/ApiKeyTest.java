package dev.pocketagent.kit.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Test;

class ApiKeyTest {

    @Test
    void everyKindHasTheDocumentedShapeAndIsReadBack() {
        for (KeyKind kind : KeyKind.values()) {
            ApiKey key = ApiKey.generate(kind);
            assertThat(key.secret()).matches("pocket_" + kind.prefix() + "_[0-9A-Za-z]{49}");
            assertThat(ApiKey.parse(key.secret())).get().satisfies(read -> {
                assertThat(read.kind()).isEqualTo(kind);
                assertThat(read.sha256Hex()).isEqualTo(key.sha256Hex()).matches("[0-9a-f]{64}");
            });
        }
    }

    @Test
    void keysNeverRepeat() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            assertThat(seen.add(ApiKey.generate(KeyKind.AGENT).secret())).isTrue();
        }
    }

    @Test
    void oneChangedCharacterIsAlwaysNoticed() {
        Random random = new Random(42);
        String alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(ApiKey.generate(KeyKind.TENANT).secret());
            int place = 10 + random.nextInt(text.length() - 10);
            char other = alphabet.charAt(random.nextInt(alphabet.length()));
            if (text.charAt(place) != other) {
                text.setCharAt(place, other);
                assertThat(ApiKey.parse(text.toString())).as(text.toString()).isEmpty();
            }
        }
    }

    @Test
    void noTextMakesItThrow() {
        Random random = new Random(7);
        String good = ApiKey.generate(KeyKind.OPERATOR).secret();
        for (int i = 0; i < 20_000; i++) {
            int cut = random.nextInt(good.length() + 1);
            String text = good.substring(0, cut) + (char) random.nextInt(0x3000) + good.substring(cut);
            assertThat(ApiKey.parse(text)).isEmpty();
        }
        assertThat(ApiKey.parse("")).isEmpty();
        assertThat(ApiKey.parse("pocket_")).isEmpty();
        assertThat(ApiKey.parse(good.replace("pocket_op_", "pocket_xx_"))).isEmpty();
    }

    @Test
    void aKeyShowsOnlyItsStartInTexts() {
        ApiKey key = ApiKey.generate(KeyKind.SERVICE);
        assertThat(key.toString()).isEqualTo(key.secret().substring(0, 15) + "...");
    }
}
