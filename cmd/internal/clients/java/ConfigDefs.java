import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.config.ConfigSynonym;
import org.apache.kafka.server.config.DynamicBrokerConfig;
import org.apache.kafka.server.config.DynamicConfig;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.server.metrics.ClientMetricsConfigs;
import org.apache.kafka.storage.internals.log.LogConfig;

/**
 * Prints, as JSON lines, what Apache Kafka's own code does with every config of brokers, topics, groups and client metrics:
 * its definition (type, default, importance, validator), how it may change, its synonyms, and which values it accepts: of a
 * number the least and the greatest, of a text which of some are accepted and which refused. "Accepted" means that a whole
 * configuration with that one value is valid, so that what Kafka checks beside its definitions counts, too. Then, for every
 * type, what its parser makes of some texts. Numbers are looked for by halving, which assumes that what lies between two
 * accepted ones is accepted.
 *
 *   java -cp 'JARS/*' ConfigDefs.java > core/config/testdata/kafka-4.3.0.jsonl
 */
public class ConfigDefs {
    static final ObjectMapper JSON = new ObjectMapper();
    static PrintStream out;

    public static void main(String[] args) throws Exception {
        out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // where the log goes
        print(Map.of("kafka", AppInfoParser.getVersion()));
        brokers();
        topics();
        groups();
        clientMetrics();
        parsers();
    }

    // ---- the four kinds

    static void brokers() throws Exception {
        Map<String, ConfigDef.ConfigKey> inFiles = AbstractKafkaConfig.CONFIG_DEF.configKeys();
        Map<String, ConfigDef.ConfigKey> onWire = DynamicConfig.Broker.configKeys();
        Set<String> names = new TreeSet<>(inFiles.keySet());
        names.addAll(onWire.keySet());
        Map<String, String> modes = DynamicBrokerConfig.dynamicConfigUpdateModes();
        for (String name : names) {
            ConfigDef.ConfigKey key = inFiles.getOrDefault(name, onWire.get(name));
            Map<String, Object> row = describe("broker", key);
            boolean ofListener = DynamicBrokerConfig.DYNAMIC_SECURITY_CONFIGS.contains(name);
            row.put("mode", ofListener ? "per-listener" : modes.getOrDefault(name, onWire.containsKey(name) ? "cluster-wide" : "read-only"));
            if (!inFiles.containsKey(name)) {
                row.put("wire only", true);
            }
            accepted(row, key, inFiles.containsKey(name) ? value -> broker(name, value) : value -> alone(key, value));
            print(row);
        }
    }

    static boolean broker(String name, String value) {
        Properties p = minimal();
        p.put(name, value);
        return valid(() -> KafkaConfig.fromProps(p, false));
    }

    static void topics() throws Exception {
        ConfigDef def = LogConfig.configDefCopy();
        for (String name : new TreeSet<>(def.names())) {
            Map<String, Object> row = describe("topic", def.configKeys().get(name));
            List<String> synonyms = new ArrayList<>();
            for (ConfigSynonym s : ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.getOrDefault(name, List.of())) {
                synonyms.add(s.name());
            }
            row.put("synonyms", synonyms);
            accepted(row, def.configKeys().get(name), value -> valid(() -> LogConfig.validate(Map.of(name, value))));
            print(row);
        }
    }

    static void groups() throws Exception {
        KafkaConfig broker = KafkaConfig.fromProps(minimal(), false);
        for (String name : new TreeSet<>(GroupConfig.CONFIG_DEF.names())) {
            ConfigDef.ConfigKey key = GroupConfig.CONFIG_DEF.configKeys().get(name);
            Map<String, Object> row = describe("group", key);
            row.put("synonyms", GroupConfig.brokerSynonym(name).map(List::of).orElse(List.of()));
            accepted(row, key, value -> valid(() ->
                GroupConfig.validate(Map.of(name, value), broker.groupCoordinatorConfig(), broker.shareGroupConfig())));
            print(row);
        }
    }

    static void clientMetrics() throws Exception {
        for (String name : new TreeSet<>(ClientMetricsConfigs.configDef().names())) {
            ConfigDef.ConfigKey key = ClientMetricsConfigs.configDef().configKeys().get(name);
            Map<String, Object> row = describe("client-metrics", key);
            accepted(row, key, value -> valid(() -> {
                Properties p = new Properties();
                p.put(name, value);
                ClientMetricsConfigs.validate("subscription", p);
            }));
            print(row);
        }
    }

    static Properties minimal() {
        Properties p = new Properties();
        p.put("process.roles", "broker,controller");
        p.put("node.id", "1");
        p.put("listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093");
        p.put("controller.listener.names", "CONTROLLER");
        p.put("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
        p.put("controller.quorum.voters", "1@127.0.0.1:9093");
        p.put("log.dirs", "data");
        return p;
    }

    // ---- a definition

    static Map<String, Object> describe(String kind, ConfigDef.ConfigKey key) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("kind", kind);
        row.put("name", key.name);
        row.put("type", key.type.name().toLowerCase());
        if (key.hasDefault() && key.defaultValue != null) {
            row.put("default", ConfigDef.convertToString(key.defaultValue, key.type));
        }
        if (!key.hasDefault()) {
            row.put("required", true);
        }
        row.put("importance", key.importance.name().toLowerCase());
        if (key.internalConfig) {
            row.put("internal", true);
        }
        if (key.validator != null) {
            row.put("validator", key.validator.toString().replaceAll("\\$?\\$Lambda.*|@[0-9a-f]+$", ""));
        }
        return row;
    }

    // ---- which values are accepted

    static void accepted(Map<String, Object> row, ConfigDef.ConfigKey key, Predicate<String> accepts) {
        switch (key.type) {
            case SHORT:
                range(row, key, BigInteger.valueOf(Short.MIN_VALUE), BigInteger.valueOf(Short.MAX_VALUE), accepts);
                break;
            case INT:
                range(row, key, BigInteger.valueOf(Integer.MIN_VALUE), BigInteger.valueOf(Integer.MAX_VALUE), accepts);
                break;
            case LONG:
                range(row, key, BigInteger.valueOf(Long.MIN_VALUE), BigInteger.valueOf(Long.MAX_VALUE), accepts);
                break;
            case DOUBLE:
                some(row, List.of("-1", "-0.000001", "0", "0.000001", "0.5", "1", "1.000001", "2", "1e308", "NaN"), accepts);
                break;
            case BOOLEAN:
                some(row, List.of("true", "false"), accepts);
                break;
            default:
                some(row, texts(key), accepts);
        }
    }

    /** Puts the least and the greatest number that is accepted, and those of a few special ones that lie outside. */
    static void range(Map<String, Object> row, ConfigDef.ConfigKey key, BigInteger min, BigInteger max, Predicate<String> accepts) {
        BigInteger inside = null;
        List<String> anchors = new ArrayList<>(List.of("1", "1000000", "0"));
        if (key.hasDefault() && key.defaultValue != null) {
            anchors.add(0, key.defaultValue.toString());
        }
        for (String a : anchors) {
            if (inside == null && accepts.test(a)) {
                inside = new BigInteger(a);
            }
        }
        if (inside == null) {
            row.put("accepts", List.of());
            return;
        }
        if (inside.signum() <= 0 && accepts.test("1")) { // a default of -1 may lie beside the range
            inside = BigInteger.ONE;
        }
        BigInteger lo = edge(inside, min, accepts), hi = edge(inside, max, accepts);
        for (BigInteger hole : List.of(BigInteger.ZERO, BigInteger.ONE.negate())) { // -1 and -2 often do
            if (inside.compareTo(hole) > 0 && lo.compareTo(hole) <= 0 && !accepts.test(hole.toString())) {
                lo = edge(inside, hole, accepts);
            }
        }
        row.put("least", lo);
        row.put("greatest", hi);
        List<String> outside = new ArrayList<>();
        for (String special : List.of("-2", "-1", "0")) {
            BigInteger n = new BigInteger(special);
            if ((n.compareTo(lo) < 0 || n.compareTo(hi) > 0) && accepts.test(special)) {
                outside.add(special);
            }
        }
        if (!outside.isEmpty()) {
            row.put("also", outside);
        }
    }

    /** Returns the accepted number that is nearest to an end, looking from an accepted one. */
    static BigInteger edge(BigInteger accepted, BigInteger end, Predicate<String> accepts) {
        if (accepts.test(end.toString())) {
            return end;
        }
        BigInteger in = accepted, out = end;
        while (in.subtract(out).abs().compareTo(BigInteger.ONE) > 0) {
            BigInteger middle = in.add(out).divide(BigInteger.TWO);
            if (accepts.test(middle.toString())) {
                in = middle;
            } else {
                out = middle;
            }
        }
        return in;
    }

    static final Pattern ALTERNATIVES = Pattern.compile("\\[([^\\]]*)\\]");

    /** Lists texts worth trying: the default, the alternatives of the validator, and some that are often wrong. */
    static List<String> texts(ConfigDef.ConfigKey key) {
        Set<String> texts = new LinkedHashSet<>();
        if (key.hasDefault() && key.defaultValue != null) {
            texts.add(ConfigDef.convertToString(key.defaultValue, key.type));
        }
        if (key.validator != null) {
            Matcher m = ALTERNATIVES.matcher(key.validator.toString());
            if (m.find()) {
                texts.addAll(List.of(m.group(1).split(", ?")));
            }
        }
        List<String> words = new ArrayList<>(texts);
        for (String word : words) {
            texts.add(word.toUpperCase());
            texts.add(word.toLowerCase());
        }
        texts.addAll(List.of("", "x", "*", "1:2"));
        if (key.type == ConfigDef.Type.LIST) {
            String word = words.isEmpty() ? "x" : words.get(0);
            texts.addAll(List.of("x,y", "x,x", word + "," + word, word + ",", "," + word, "1:2,3:4", "1:2,1:2", "1:2,", "*,1:2", "1:x"));
        }
        return new ArrayList<>(texts);
    }

    static void some(Map<String, Object> row, List<String> values, Predicate<String> accepts) {
        List<String> accepted = new ArrayList<>(), refused = new ArrayList<>();
        for (String v : values) {
            (accepts.test(v) ? accepted : refused).add(v);
        }
        row.put("accepts", accepted);
        row.put("refuses", refused);
    }

    static boolean alone(ConfigDef.ConfigKey key, String value) {
        return valid(() -> new ConfigDef().define(key).parse(Map.of(key.name, value)));
    }

    interface Check { void run() throws Exception; }

    static boolean valid(Check check) {
        try {
            check.run();
            return true;
        } catch (Exception | LinkageError e) {
            return false;
        }
    }

    // ---- the parsers of the types

    static void parsers() throws Exception {
        Map<ConfigDef.Type, List<String>> texts = new LinkedHashMap<>();
        texts.put(ConfigDef.Type.BOOLEAN, List.of("true", "TRUE", " False ", "yes", "1", "", "t", "true,"));
        List<String> whole = List.of("1", " 1 ", "+1", "-1", "--1", "+-1", "007", "1_000", "1,000", "0x10", "1L", "1.0", "1e3", "", " ", "NaN", "-",
            "+", "\u0661", "32767", "32768", "2147483647", "2147483648", "-2147483648", "9223372036854775807", "9223372036854775808");
        texts.put(ConfigDef.Type.SHORT, whole);
        texts.put(ConfigDef.Type.INT, whole);
        texts.put(ConfigDef.Type.LONG, whole);
        texts.put(ConfigDef.Type.DOUBLE, List.of("1", " 1 ", "+1", "-1", "--1", ".5", "5.", ".", "1f", "1F", "1d", "1D", "0.5f", "1e3", "1E+3", "1e", "1e3.5",
            "1_0", "1,5", "NaN", "-NaN", "nan", "Infinity", "-Infinity", "+Infinity", "infinity", "inf", "0x1p3", "0x1.8p1", "0x10", "1e400", "-1e400",
            "1e-400", "1L", "1fd", "f", "", " "));
        texts.put(ConfigDef.Type.LIST, List.of("a", " a ", "a,b", "a, b", "a ,b", "a\tb", "a,", ",a", ",", ",,", "a,,b", "", " ", " , ", "a b,c"));
        texts.put(ConfigDef.Type.STRING, List.of("a", " a ", "", " "));
        texts.put(ConfigDef.Type.PASSWORD, List.of("a", " a ", "", " "));
        for (Map.Entry<ConfigDef.Type, List<String>> t : texts.entrySet()) {
            for (String text : t.getValue()) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("parser", t.getKey().name().toLowerCase());
                row.put("text", text);
                if (valid(() -> ConfigDef.parseType("x", text, t.getKey()))) {
                    Object value = ConfigDef.parseType("x", text, t.getKey());
                    row.put("value", value instanceof org.apache.kafka.common.config.types.Password p ? p.value() : value instanceof Double ? value.toString() : value);
                }
                print(row);
            }
        }
    }

    static void print(Map<String, Object> row) throws Exception { out.println(JSON.writeValueAsString(row)); }
}
