using System.Globalization;
using System.Text;

namespace Gloss.Images;

/// <summary>
/// A font of 5 × 7 dots for ASCII, enlarged by whole numbers. Accents are left out; other letters are a frame.
/// </summary>
internal static class DotFont
{
    /// <summary>Dots of a letter with the gap behind it.</summary>
    public const int Advance = 6;

    /// <summary>Dots from the top of a capital to the bottom of a descender.</summary>
    public const int Height = 8;

    private const int Columns = 5;
    private const char First = ' ';
    private const char Last = '~';

    // Each letter five columns from the left, two hexadecimal digits a column, the lowest bit on top.
    private const string Glyphs =
        "0000000000 00005F0000 0007000700 147F147F14 242A7F2A12 2313086462 3649562050 0005030000 001C224100 0041221C00 14083E0814 08083E0808 " +
        "0050300000 0808080808 0060600000 2010080402 3E5149453E 00427F4000 4261514946 2141454B31 1814127F10 2745454539 3C4A494930 0171090503 " +
        "3649494936 064949291E 0036360000 0056360000 0814224100 1414141414 0041221408 0201510906 324979413E 7E1111117E 7F49494936 3E41414122 " +
        "7F4141221C 7F49494941 7F09090901 3E4149497A 7F0808087F 00417F4100 2040413F01 7F08142241 7F40404040 7F020C027F 7F0408107F 3E4141413E " +
        "7F09090906 3E4151215E 7F09192946 4649494931 01017F0101 3F4040403F 1F2040201F 3F4038403F 6314081463 0708700807 6151494543 007F414100 " +
        "0204081020 0041417F00 0402010204 4040404040 0001020400 2054545478 7F48444438 3844444420 384444487F 3854545418 087E090102 0C5252523E " +
        "7F08040478 00447D4000 2040443D00 7F10284400 00417F4000 7C04180478 7C08040478 3844444438 7C14141408 081414187C 7C08040408 4854545420 " +
        "043F444020 3C4040207C 1C2040201C 3C4030403C 4428102844 0C5050503C 4464544C44 0008364100 00007F0000 0041360800 "
        + "1008081008";

    private static readonly byte[] frame = [0x7F, 0x41, 0x41, 0x41, 0x7F];
    private static readonly byte[][] letters = [.. Glyphs.Split(' ').Select(Convert.FromHexString)];

    // Latin letters with marks, and the letter that is written for them. No normalization: it needs data that is not
    // always there.
    private const string Marked = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüýÿčďěńňřšťůžąćęłśźżğış";
    private const string Bare = "AAAAAACEEEEIIIINOOOOOOUUUUYaaaaaaceeeeiiiinoooooouuuuyycdennrstuzacelszzgis";

    /// <summary>Whether a letter of a plain text has a shape here; others are a frame.</summary>
    public static bool Has(char letter) => letter is >= First and <= Last;

    /// <summary>
    /// The text as it can be written, without accents; a letter outside the basic plane is one letter.
    /// </summary>
    public static string Plain(string text)
    {
        var plain = new StringBuilder();
        foreach (var letter in text)
        {
            if (char.IsLowSurrogate(letter)
                || CharUnicodeInfo.GetUnicodeCategory(letter) == UnicodeCategory.NonSpacingMark)
                continue;
            var at = Marked.IndexOf(letter, StringComparison.Ordinal);
            plain.Append(at < 0 ? letter : Bare[at]);
        }
        return plain.ToString();
    }

    /// <summary>Calls <paramref name="dot"/> with column and row of every dot of a plain text.</summary>
    public static void Write(string plain, Action<int, int> dot)
    {
        for (var i = 0; i < plain.Length; i++)
        {
            var glyph = Has(plain[i]) ? letters[plain[i] - First] : frame;
            for (var column = 0; column < Columns; column++)
            {
                for (var row = 0; row < Height; row++)
                {
                    if ((glyph[column] >> row & 1) != 0)
                        dot(i * Advance + column, row);
                }
            }
        }
    }
}
