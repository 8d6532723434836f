using System.Globalization;
using System.Text;

namespace Gloss.Text.Unicode;

/// <summary>
/// Character properties of Unicode 14.0, the version that the published tokenizers were measured with.
/// </summary>
/// <remarks>
/// The runtime's own tables are newer and would keep characters that the published tokenizers drop as unassigned,
/// and its normalisation does nothing in culture-invariant programs. The table beside this file is made from the
/// Unicode character database by <c>tools/unicode-tables.cs</c>. Lower case is the runtime's simple mapping: Unicode's
/// stability policy keeps it equal for characters that 14.0 knows. All members take any code point, lone surrogates
/// included.
/// </remarks>
internal static class UnicodeTables
{
    private const int CategoryMask = 0x1F;
    private const byte CasedFlag = 0x20;
    private const byte CaseIgnorableFlag = 0x40;
    private const byte DecomposesFlag = 0x80;
    private const int HangulFirst = 0xAC00, HangulCount = 11172, LeadFirst = 0x1100, VowelFirst = 0x1161;
    private const int TrailFirst = 0x11A7, LeadCount = 19, VowelCount = 21, TrailCount = 28;

    // A byte a code point: the category, stored so that 0 means "not assigned", and three flags.
    private static readonly byte[] Properties = new byte[0x110000];
    private static readonly Dictionary<int, byte> CombiningClasses = [];
    private static readonly Dictionary<int, int[]> Decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> Compositions = [];
    private static readonly Dictionary<int, int[]> Widths = [];

#pragma warning disable CA1810 // The tables are filled in one pass over one file.
    static UnicodeTables()
    {
        const string Name = "unicode-14.0.txt";
        using var reader = new StreamReader(typeof(UnicodeTables).Assembly.GetManifestResourceStream(Name)!);
        var section = "";
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#')
                continue;
            if (line[0] == '[')
                section = line;
            else
                ReadLine(section, line);
        }
        foreach (var code in Decompositions.Keys.ToArray())
            Decompositions[code] = [.. Expand(code)];
    }
#pragma warning restore CA1810

    /// <summary>The general category.</summary>
    public static UnicodeCategory Category(int codePoint) =>
        (UnicodeCategory)((Properties[codePoint] & CategoryMask) ^ (int)UnicodeCategory.OtherNotAssigned);

    /// <summary>Category C*: control, format, surrogate, private use, not assigned.</summary>
    public static bool IsOther(int codePoint) =>
        Category(codePoint) is >= UnicodeCategory.Control and <= UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned;

    /// <summary>Category Z*: spaces, line and paragraph separators.</summary>
    public static bool IsSeparator(int codePoint) =>
        Category(codePoint) is >= UnicodeCategory.SpaceSeparator and <= UnicodeCategory.ParagraphSeparator;

    /// <summary>Category P*.</summary>
    public static bool IsPunctuation(int codePoint) =>
        Category(codePoint) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    /// <summary>Category L*.</summary>
    public static bool IsLetter(int codePoint) => Category(codePoint) <= UnicodeCategory.OtherLetter;

    /// <summary>Category N*.</summary>
    public static bool IsNumber(int codePoint) =>
        Category(codePoint) is >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber;

    /// <summary>Has the property Cased.</summary>
    public static bool IsCased(int codePoint) => (Properties[codePoint] & CasedFlag) != 0;

    /// <summary>Has the property Case_Ignorable.</summary>
    public static bool IsCaseIgnorable(int codePoint) => (Properties[codePoint] & CaseIgnorableFlag) != 0;

    /// <summary>The canonical combining class; 0 for starters.</summary>
    public static int CombiningClass(int codePoint) =>
        Category(codePoint) is >= UnicodeCategory.NonSpacingMark and <= UnicodeCategory.EnclosingMark
            ? CombiningClasses.GetValueOrDefault(codePoint)
            : 0;

    /// <summary>The simple lower-case mapping.</summary>
    public static int ToLower(int codePoint) =>
        Rune.TryCreate(codePoint, out var rune) ? Rune.ToLowerInvariant(rune).Value : codePoint;

    /// <summary>Writes the full canonical decomposition (at most 4 code points) and returns its length.</summary>
    public static int Decompose(int codePoint, Span<int> into)
    {
        var syllable = codePoint - HangulFirst;
        if ((uint)syllable < HangulCount)
        {
            into[0] = LeadFirst + (syllable / (VowelCount * TrailCount));
            into[1] = VowelFirst + (syllable / TrailCount % VowelCount);
            into[2] = TrailFirst + (syllable % TrailCount);
            return into[2] == TrailFirst ? 2 : 3;
        }
        if ((Properties[codePoint] & DecomposesFlag) == 0)
        {
            into[0] = codePoint;
            return 1;
        }
        var expanded = Decompositions[codePoint];
        expanded.CopyTo(into);
        return expanded.Length;
    }

    /// <summary>The primary composite of two code points, or -1.</summary>
    public static int Compose(int first, int second)
    {
        if ((uint)(first - LeadFirst) < LeadCount && (uint)(second - VowelFirst) < VowelCount)
            return HangulFirst + ((((first - LeadFirst) * VowelCount) + second - VowelFirst) * TrailCount);
        if ((uint)(first - HangulFirst) < HangulCount && (first - HangulFirst) % TrailCount == 0
            && second > TrailFirst && second < TrailFirst + TrailCount)
        {
            return first + second - TrailFirst;
        }
        return Compositions.TryGetValue((first, second), out var composite) ? composite : -1;
    }

    /// <summary>
    /// The ordinary form of a half-width or full-width character (U+FF01 to U+FFEF), or an empty span.
    /// </summary>
    public static ReadOnlySpan<int> OrdinaryWidth(int codePoint) =>
        Widths.TryGetValue(codePoint, out var form) ? form : [];

    /// <summary>The code point at <paramref name="index"/> and how many chars it takes; a lone surrogate is itself.
    /// </summary>
    public static int CodePointAt(ReadOnlySpan<char> text, int index, out int length)
    {
        var first = text[index];
        if (char.IsHighSurrogate(first) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            length = 2;
            return char.ConvertToUtf32(first, text[index + 1]);
        }
        length = 1;
        return first;
    }

    private static void ReadLine(string section, ReadOnlySpan<char> line)
    {
        var space = line.IndexOf(' ');
        var codes = line[..space];
        var rest = line[(space + 1)..];
        var dash = codes.IndexOf('-');
        var first = Hex(dash < 0 ? codes : codes[..dash]);
        var last = Hex(dash < 0 ? codes : codes[(dash + 1)..]);
        switch (section)
        {
            case "[category]":
                var category = (int)CategoryOf(rest) ^ (int)UnicodeCategory.OtherNotAssigned;
                Properties.AsSpan(first, last - first + 1).Fill((byte)category);
                break;
            case "[combining]":
                for (var code = first; code <= last; code++)
                    CombiningClasses[code] = byte.Parse(rest, CultureInfo.InvariantCulture);
                break;
            case "[cased]" or "[case_ignorable]":
                var flag = section == "[cased]" ? CasedFlag : CaseIgnorableFlag;
                for (var code = first; code <= last; code++)
                    Properties[code] |= flag;
                break;
            case "[canonical]":
                var isExcluded = rest[^1] == '!';
                var mapping = HexList(isExcluded ? rest[..^2] : rest);
                Decompositions[first] = mapping;
                Properties[first] |= DecomposesFlag;
                if (!isExcluded)
                    Compositions[(mapping[0], mapping[1])] = first;
                break;
            case "[width]":
                Widths[first] = HexList(rest);
                break;
        }
    }

    private static List<int> Expand(int code)
    {
        if (!Decompositions.TryGetValue(code, out var mapping))
            return [code];
        var expanded = new List<int>(4);
        foreach (var part in mapping)
            expanded.AddRange(Expand(part));
        return expanded;
    }

    private static int[] HexList(ReadOnlySpan<char> text)
    {
        var list = new List<int>(4);
        foreach (var range in text.Split(' '))
            list.Add(Hex(text[range]));
        return [.. list];
    }

    private static int Hex(ReadOnlySpan<char> digits) =>
        int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static UnicodeCategory CategoryOf(ReadOnlySpan<char> name) => name switch
    {
        "Lu" => UnicodeCategory.UppercaseLetter,
        "Ll" => UnicodeCategory.LowercaseLetter,
        "Lt" => UnicodeCategory.TitlecaseLetter,
        "Lm" => UnicodeCategory.ModifierLetter,
        "Lo" => UnicodeCategory.OtherLetter,
        "Mn" => UnicodeCategory.NonSpacingMark,
        "Mc" => UnicodeCategory.SpacingCombiningMark,
        "Me" => UnicodeCategory.EnclosingMark,
        "Nd" => UnicodeCategory.DecimalDigitNumber,
        "Nl" => UnicodeCategory.LetterNumber,
        "No" => UnicodeCategory.OtherNumber,
        "Zs" => UnicodeCategory.SpaceSeparator,
        "Zl" => UnicodeCategory.LineSeparator,
        "Zp" => UnicodeCategory.ParagraphSeparator,
        "Cc" => UnicodeCategory.Control,
        "Cf" => UnicodeCategory.Format,
        "Cs" => UnicodeCategory.Surrogate,
        "Co" => UnicodeCategory.PrivateUse,
        "Pc" => UnicodeCategory.ConnectorPunctuation,
        "Pd" => UnicodeCategory.DashPunctuation,
        "Ps" => UnicodeCategory.OpenPunctuation,
        "Pe" => UnicodeCategory.ClosePunctuation,
        "Pi" => UnicodeCategory.InitialQuotePunctuation,
        "Pf" => UnicodeCategory.FinalQuotePunctuation,
        "Po" => UnicodeCategory.OtherPunctuation,
        "Sm" => UnicodeCategory.MathSymbol,
        "Sc" => UnicodeCategory.CurrencySymbol,
        "Sk" => UnicodeCategory.ModifierSymbol,
        "So" => UnicodeCategory.OtherSymbol,
        _ => throw new InvalidDataException($"unicode table: unknown category {name}"),
    };
}
