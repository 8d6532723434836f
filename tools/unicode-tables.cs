// Writes src/Gloss/Text/Unicode/unicode-14.0.txt from the Unicode character database:
//   dotnet run tools/unicode-tables.cs /usr/share/unicode src/Gloss/Text/Unicode/unicode-14.0.txt
// The folder is that of Debian's package unicode-data, or https://www.unicode.org/Public/15.0.0/ucd/. A newer
// database than 14.0 is cut back by DerivedAge.txt to the code points that Unicode 14.0 had assigned.
#:property PublishAot=false
#:property EnforceCodeStyleInBuild=false
#:property RestorePackagesWithLockFile=false
using System.Globalization;

const string Version = "14.0";
if (args.Length != 2)
{
    Console.Error.WriteLine("usage: dotnet run tools/unicode-tables.cs UCD-FOLDER OUTPUT");
    return 2;
}
var folder = args[0];
var assigned = new bool[0x110000];
foreach (var (first, last, value) in Properties("DerivedAge.txt"))
{
    if (System.Version.Parse(value) <= System.Version.Parse(Version))
        Array.Fill(assigned, true, first, last - first + 1);
}

var category = new string[0x110000];
Array.Fill(category, "Cn");
var combining = new int[0x110000];
var mapping = new Dictionary<int, (string Tag, int[] To)>();
var rangeStart = -1;
foreach (var line in File.ReadLines(Path.Combine(folder, "UnicodeData.txt")))
{
    var fields = line.Split(';');
    var code = Hex(fields[0]);
    var from = fields[1].EndsWith(", Last>", StringComparison.Ordinal) ? rangeStart : code;
    rangeStart = code;
    for (var c = from; c <= code; c++)
    {
        if (!assigned[c])
            continue;
        category[c] = fields[2];
        combining[c] = int.Parse(fields[3], CultureInfo.InvariantCulture);
    }
    if (fields[5].Length > 0 && assigned[code])
    {
        var words = fields[5].Split(' ');
        var tag = words[0][0] == '<' ? words[0] : "";
        mapping[code] = (tag, [.. words.Skip(tag.Length > 0 ? 1 : 0).Select(Hex)]);
    }
}
var excluded = Properties("DerivedNormalizationProps.txt")
    .Where(p => p.Value == "Full_Composition_Exclusion")
    .SelectMany(p => Enumerable.Range(p.First, p.Last - p.First + 1)).ToHashSet();

using var output = new StreamWriter(args[1]) { NewLine = "\n" };
output.WriteLine(
    $"# Unicode {Version}: general categories, combining classes, decompositions and properties for casing.");
output.WriteLine("# Written by tools/unicode-tables.cs. Data (c) Unicode, Inc., https://www.unicode.org/license.txt");
Ranges("category", c => category[c] == "Cn" ? null : category[c]);
Ranges("combining", c => combining[c] == 0 ? null : combining[c].ToString(CultureInfo.InvariantCulture));
foreach (var property in new[] { "Cased", "Case_Ignorable" })
{
    var has = new bool[0x110000];
    foreach (var (first, last, value) in Properties("DerivedCoreProperties.txt"))
    {
        for (var c = first; value == property && c <= last; c++)
            has[c] = assigned[c];
    }
    Ranges(property.ToLowerInvariant(), c => has[c] ? "1" : null);
}
output.WriteLine("[canonical]");
foreach (var (code, (tag, to)) in mapping.OrderBy(m => m.Key))
{
    if (tag.Length == 0)
        output.WriteLine(
            $"{code:X4} {string.Join(' ', to.Select(t => t.ToString("X4")))}{(excluded.Contains(code) ? " !" : "")}");
}
// Halfwidth and fullwidth forms with their whole compatibility decomposition; all come out composed.
output.WriteLine("[width]");
for (var code = 0xFF01; code < 0xFFF0; code++)
{
    if (mapping.ContainsKey(code))
        output.WriteLine($"{code:X4} {string.Join(' ', Compatible(code).Select(t => t.ToString("X4")))}");
}
return 0;

IEnumerable<int> Compatible(int code) =>
    mapping.TryGetValue(code, out var m) ? m.To.SelectMany(Compatible) : [code];

void Ranges(string name, Func<int, string?> valueOf)
{
    output.WriteLine($"[{name}]");
    for (var first = 0; first < 0x110000;)
    {
        var value = valueOf(first);
        var last = first;
        while (last + 1 < 0x110000 && valueOf(last + 1) == value)
            last++;
        if (value is not null)
            output.WriteLine(first == last ? $"{first:X4} {value}" : $"{first:X4}-{last:X4} {value}");
        first = last + 1;
    }
}

IEnumerable<(int First, int Last, string Value)> Properties(string file)
{
    foreach (var line in File.ReadLines(Path.Combine(folder, file)))
    {
        var fields = line.Split('#')[0].Split(';');
        if (fields.Length < 2)
            continue;
        var ends = fields[0].Trim().Split("..");
        yield return (Hex(ends[0]), Hex(ends[^1]), fields[1].Trim());
    }
}

static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
