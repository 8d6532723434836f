using System.Globalization;
using System.Text;

namespace Gloss.Text;

/// <summary>Resolves HTML character references as HTML 5 does, which CLIP's clean-up asks for.</summary>
/// <remarks>
/// The named references are those of the HTML standard (https://html.spec.whatwg.org/multipage/named-characters.html).
/// </remarks>
internal static class HtmlEntities
{
    private const int LongestName = 32;
    private static readonly Dictionary<string, string> Names = ReadNames();
    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Lookup =
        Names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>
    /// Resolves every reference: numbers and names, also without the semicolon where HTML allows it, the longest known
    /// beginning of a name where the whole is unknown ("&amp;notit;" gives "¬it;").
    /// </summary>
    public static string Unescape(string text) => Replace(text, static (rest, result) =>
    {
        if (rest.Length > 1 && rest[1] == '#')
            return UnescapeNumber(rest, result);
        var length = 1;
        while (length < rest.Length && length <= LongestName
            && rest[length] is not ('\t' or '\n' or '\f' or ' ' or '<' or '&' or '#' or ';'))
        {
            length++;
        }
        if (length == 1)
            return 0;
        if (length < rest.Length && rest[length] == ';')
            length++;
        for (var end = length; end > 2; end--)
        {
            if (Lookup.TryGetValue(rest[1..end], out var value))
            {
                result.Append(value);
                return end;
            }
        }
        return 0;
    });

    /// <summary>
    /// Resolves only references that end in a semicolon and are known as a whole; names written in capitals count
    /// where HTML has them in small letters only ("&amp;EACUTE;" is a name of neither and gives "É").
    /// </summary>
    public static string UnescapeWhole(string text) => Replace(text, static (rest, result) =>
    {
        var digits = rest.Length > 1 && rest[1] == '#' ? 2 : 1;
        var end = digits;
        while (end < rest.Length && end < digits + 24 && char.IsAsciiLetterOrDigit(rest[end]))
            end++;
        if (end == digits || end == rest.Length || rest[end] != ';')
            return 0;
        end++;
        if (digits == 2)
        {
            var number = new StringBuilder();
            if (UnescapeNumber(rest[..end], number) != end)
                return 0;
            result.Append(number);
            return end;
        }
        var name = rest[1..end];
        if (Lookup.TryGetValue(name, out var value))
        {
            result.Append(value);
            return end;
        }
        var lower = name.ToString().ToLowerInvariant();
        if (name.SequenceEqual(lower.ToUpperInvariant()) && Lookup.TryGetValue(lower, out value)
            && Unescape($"&{name}") == $"&{name}")
        {
            result.Append(value.ToUpperInvariant());
            return end;
        }
        return 0;
    });

    private delegate int Resolver(ReadOnlySpan<char> rest, StringBuilder result);

    // Calls the resolver at every "&"; it appends the value and tells how much it took, or 0 for none.
    private static string Replace(string text, Resolver resolve)
    {
        var at = text.IndexOf('&', StringComparison.Ordinal);
        if (at < 0)
            return text;
        var result = new StringBuilder(text.Length);
        var copied = 0;
        while (at >= 0)
        {
            result.Append(text, copied, at - copied);
            var taken = resolve(text.AsSpan(at), result);
            if (taken == 0)
                result.Append(text[at]);
            copied = at + Math.Max(taken, 1);
            at = text.IndexOf('&', copied);
        }
        return result.Append(text, copied, text.Length - copied).ToString();
    }

    private static int UnescapeNumber(ReadOnlySpan<char> rest, StringBuilder result)
    {
        var isHex = rest.Length > 2 && rest[2] is 'x' or 'X';
        var start = isHex ? 3 : 2;
        var end = start;
        var number = 0L;
        while (end < rest.Length && (isHex ? char.IsAsciiHexDigit(rest[end]) : char.IsAsciiDigit(rest[end])))
        {
            number = Math.Min((number * (isHex ? 16 : 10)) + Convert.ToInt32(rest[end].ToString(), 16), 0x110000);
            end++;
        }
        if (end == start)
            return 0;
        if (end < rest.Length && rest[end] == ';')
            end++;
        AppendNumber((int)number, result);
        return end;
    }

    private static void AppendNumber(int number, StringBuilder result)
    {
        if (number is 0 or >= 0xD800 and <= 0xDFFF or > 0x10FFFF)
            result.Append('\uFFFD');
        else if (number is >= 0x80 and <= 0x9F)
            result.Append(Mojibake.FromWindows1252((byte)number));
        else if (number == 0x0D)
            result.Append('\r');
        else if (!IsDropped(number))
            result.Append(char.ConvertFromUtf32(number));
    }

    private static bool IsDropped(int number) =>
        number is <= 0x08 or 0x0B or >= 0x0E and <= 0x1F or 0x7F or >= 0xFDD0 and <= 0xFDEF
            || (number & 0xFFFE) == 0xFFFE;

    private static Dictionary<string, string> ReadNames()
    {
        const string Name = "html-entities.txt";
        var names = new Dictionary<string, string>(2300, StringComparer.Ordinal);
        using var reader = new StreamReader(typeof(HtmlEntities).Assembly.GetManifestResourceStream(Name)!);
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#')
                continue;
            var fields = line.Split(' ');
            names.Add(fields[0], string.Concat(fields.Skip(1).Select(f =>
                char.ConvertFromUtf32(int.Parse(f, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))));
        }
        return names;
    }
}
