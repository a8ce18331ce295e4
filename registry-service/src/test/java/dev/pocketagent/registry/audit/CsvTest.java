package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvTest {

    @Test
    void cellsAreQuotedWhereTheyMustBeAndLinesEndAsTheStandardSays() {
        Csv csv = new Csv();
        csv.text("plain").text("a,b").text("say \"hi\"").text("two\nlines").text(null).text("").number(7).endLine()
                .text("next").endLine();
        assertThat(csv.take()).isEqualTo("plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",,,7\r\nnext\r\n");
        assertThat(csv.take()).isEmpty();
    }

    @Test
    void anEmptyFirstCellIsACell() {
        assertThat(new Csv().text(null).text("x").endLine().take()).isEqualTo(",x\r\n");
    }

    @ParameterizedTest
    @CsvSource({"=1+1, '''=1+1'", "+1, '''+1'", "-1, '''-1'", "@SUM(A1), '''@SUM(A1)'", "a=1, a=1"})
    void aFormulaIsDisarmed(String typed, String written) {
        assertThat(new Csv().text(typed).take()).isEqualTo(written);
    }

    @Test
    void aFormulaBehindATabOrAReturnIsDisarmedToo() {
        assertThat(new Csv().text("\t=1").take()).isEqualTo("'\t=1");
        assertThat(new Csv().text("\r=1").take()).isEqualTo("\"'\r=1\"");
    }
}
