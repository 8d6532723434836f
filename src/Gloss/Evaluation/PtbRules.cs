using System.Text.RegularExpressions;

namespace Gloss.Evaluation;

/// <summary>
/// The rules of <see cref="PtbTokenizer"/>: patterns with what follows them, longest match first. A pattern's whole
/// match counts for "longest"; its group <c>t</c>, where it has one, is the token, and the rest is read again.
/// </summary>
internal static class PtbRules
{
    private const string Letter = @"\p{L}\p{Mn}\p{Mc}\u00AD\u02C2-\u02C5\u02D2-\u02DF\u02E5-\u02FF\u0384\u0385";
    private const string Alnum = $@"[{Letter}\p{{Nd}}]";
    private const string Word = $"[{Letter}]{Alnum}*(?:[.!?][{Letter}]{Alnum}*)*";
    private const string Apostrophe = @"(?:['\u0092\u2019]|&apos;)";
    private const string ApostropheLike = @"(?:['`\u0091\u0092\u2018\u2019\u201B]|&apos;)";
    private const string Hyphen = @"[-_\u058A\u2010\u2011]";
    private const string Elision = $"(?:[dDoOlL]{ApostropheLike}[{Letter}])?{Alnum}+";
    private const string Number = @"(?:\p{Nd}*(?:[.:,\u00AD\u066B\u066C]\p{Nd}+)+|\p{Nd}+)";
    private const string Reduced = $"{Apostrophe}(?i:[msd]|re|ve|ll)";
    private const string Acronym = @"(?:[A-Za-z](?:\.[A-Za-z])+)";
    private const string Tag = @"</?[A-Za-z!?][^>\n]*>";
    private const string NotUrl = @" \t\n\f\r""<>|(){}";

    // Abbreviations that may end a sentence: before a capital their full stop counts twice. Those that are words
    // too (mass, wash) want their capital.
    private const string ClosingAbbreviation =
        "(?:(?i:jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thu|thurs|fri)|[M][aA][rR]"
        + "|(?i:ala|ariz|calif|colo|conn|ct|dak|fla|ga|ind|kans?|ky|md|mich|minn|mo|mont|neb|nev|okla|penn|tenn|va|vt"
        + "|wisc?|wyo)|Az|Ark|Del|Ill|La|Mass|Miss|Ore|Pa|Tex|Wash"
        + @"|(?i:inc|cos?|corp|pp?t[ye]s?|ltd|plc|rt|bancorp|dept|bhd|assn|univ|intl|sys)"
        + @"|(?i:jr|sr|bros|(?:ed|ph)\.d|blvd|rd|esq)|(?i:etc|al|seq))";

    // Titles and the like never end a sentence.
    private const string LeadingAbbreviation =
        $"(?:{Acronym}|[A-Za-z]|(?i:mr|mrs|ms|drs?|profs?|sens?|reps?|attys?|lt|col|gen|messrs|govs?|adm|rev|maj|sgt"
        + "|cpl|pvt|mt|capt|ste?|ave|pres|lieut|hon|brig|co?mdr|pfc|spc|supts?|det)|Miss"
        + @"|(?i:vs|alex|wm|jos|cie|cf|treas|ph|invt|elec|natl|m[ft]g))";

    // Capitalised words that show that an acronym before them closed its sentence.
    private const string Opening =
        @"(?:About|According|Additionally|After|An|A|As|At|But|Earlier|He|Her|Here|However|If|In|It|Last|Many|More"
        + @"|Mr\.|Ms\.|Now|Once|One|Other|Our|She|Since|So|Some|Such|That|The|Their|Then|There|These|They|This|We"
        + @"|When|While|What|Yet|You)(?![A-Za-z])";

    private static readonly Rule[] _rules =
    [
        new(@"(?<t>can)not", First.Letter, IgnoreCase: true),
        new(@"(?<t>gon|wan)na|(?<t>got)ta|(?<t>lem|gim)me", First.Letter, IgnoreCase: true),
        new($@"(?<t>{Apostrophe}t)(?:is|was)", First.Other, IgnoreCase: true),
        new(Tag, First.Other),
        new(@"&(?:mdash|ndash|md);", First.Other, _ => "--", IgnoreCase: true),
        new($@"(?<t>{Word}){Reduced}", First.Letter),
        new($@"(?<t>[A-Za-z]*[A-MO-Za-mo-z]\u00AD*)[nN]{ApostropheLike}[tT]", First.Letter),
        new(Word, First.Letter),
        new($@"[A-HJ-XZn]{ApostropheLike}\p{{L}}{{2,}}"
            + $@"|\p{{L}}+[aeiouyAEIOUY]{ApostropheLike}[aeiouA-Z]\p{{L}}*"
            + $@"|{Apostrophe}(?i:n){Apostrophe}?|[lLdDjJ]{Apostrophe}|(?i:dunkin|somethin|ol){Apostrophe}"
            + $@"|{Apostrophe}(?i:em)|{ApostropheLike}[2-9]0(?i:s)|{Apostrophe}(?i:till?|cause)", First.Any, Straight),
        new($@"(?<t>[yY]{Apostrophe})\p{{L}}", First.Letter, Straight),
        new($@"(?i:https?)://[^{NotUrl}]+[^{NotUrl}.!?,-]", First.Letter),
        new($@"(?i:www)\.(?:[^{NotUrl}.!?,]+\.)+[a-zA-Z]{{2,4}}(?:/[^{NotUrl}]+[^{NotUrl}.!?,-])?", First.Letter),
        new($@"(?:[^{NotUrl}`'.!?,_$-]+\.)+(?i:com|net|org|edu)(?:/[^{NotUrl}]+[^{NotUrl}.!?,-])?",
            First.Letter | First.Digit),
        new($@"[A-Za-z0-9][^{NotUrl}\u00A0]*@(?:[^{NotUrl}.\u00A0]+\.)*[^{NotUrl}.\u00A0]+",
            First.Letter | First.Digit),
        new($@"@[A-Za-z_][A-Za-z_0-9]*|\#{Word}", First.Other),
        new($@"(?<t>{Reduced}|[nN]{ApostropheLike}[tT])[^A-Za-z]", First.Any, Straight),
        new(@"\p{Nd}{1,2}[-/]\p{Nd}{1,2}[-/]\p{Nd}{2,4}", First.Digit),
        new($@"[-+]?{Number}", First.Digit | First.Other),
        new(@"[\u207A\u207B\u208A\u208B]?(?:[\u2070\u00B9\u00B2\u00B3\u2074-\u2079]+|[\u2080-\u2089]+)", First.Other),
        new(@"(?:\p{Nd}{1,4}[- \u00A0])?\p{Nd}{1,4}(?:\\?/|\u2044)\p{Nd}{1,4}", First.Digit),
        new(@"[\u00BC-\u00BE\u2153-\u215E]", First.Other, Fraction),
        new($@"-(?:[RL][RCS]B)-|(?i:pro|anti)-|(?<t>{Apostrophe}[0-9][0-9])[ \u00A0\n]", First.Any),
        new(@"(?:E|Yahoo|Jeopardy)!|[cC]\+\+|[cCfF]\#", First.Letter),
        new(@"&amp;", First.Other, _ => "&"),
        new(@"&(?:HT|TL|UR|LR|QC|QL|QR|odq|cdq|\#[0-9]+);", First.Other),
        new(@"[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:\\?/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2}",
            First.Letter | First.Digit),
        new(@"[A-Z]*\$|\#", First.Letter | First.Other),
        new(@"[\u0080\u00A2-\u00A5\u060B\u0E3F\u20A0-\u20BF]", First.Other, Currency),
        new($"{Elision}(?:{Hyphen}{Elision})*", First.Letter | First.Digit),
        new($@"[A-Za-z0-9][A-Za-z0-9.,\u00AD]*(?:-(?:{Acronym}\.|[A-Za-z0-9\u00AD]+))+", First.Letter | First.Digit),
        new(@"[A-Z]+(?:(?:[+&]|&amp;)[A-Z]+)+", First.Letter, text => text.Replace("&amp;", "&")),
        new($@"(?<t>{Acronym}\.)[ \u00A0]+(?:{Opening}|{Tag})", First.Letter, RepeatStop: true),
        new($@"(?<t>{ClosingAbbreviation}\.)[ \u00A0](?:[ \u00A0A-Z]|{Tag})", First.Letter, RepeatStop: true),
        new($@"{ClosingAbbreviation}\.", First.Letter),
        new($@"{LeadingAbbreviation}\.", First.Letter),
        new(@"(?<t>(?:ca|figs?|prop|nos?)\.)[ \u00A0]?\p{Nd}", First.Letter, IgnoreCase: true),
        new(@"(?:\([0-9]{2,3}\)[ \u00A0]?|(?:\+\+?)?(?:[0-9]{2,4}[- \u00A0])?[0-9]{2,4}[- \u00A0])"
            + @"[0-9]{3,4}[- \u00A0]?[0-9]{3,5}|(?:(?:\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}",
            First.Digit | First.Other, Brackets),
        new($@"(?<t>{Alnum}+(?:[-._/]{Alnum}+)*\.(?i:bat|bmp|cgi|class|cpp|c|dll|docx?|exe|gif|gz|html?|h|jar|java"
            + @"|jpe?g|mov|mp[34g]|pdf|php|pl|png|ppt|ps|py|sql|tar|txt|wav|xml|x|zip|3gp|wm[va]|avi|flv))[ \n.?!,]",
            First.Letter | First.Digit),
        new(@"(?<t>[<>]?[:;=][-o*']?[()DPdpO\\:{@|\[\]])[^A-Za-z]", First.Other, Brackets),
        new(@"[-^x=~<>']_[-^x=~<>']|\([-^x=~<>'][_.]?[-^x=~<>']\)|\([\^x=~<>']-[\^x=~<>'`]\)", First.Any, Brackets),
        new(@"(?<t>')[A-Za-z][^ \t\n\r\u00A0]", First.Other, _ => "`"),
        new(@"(?<t>""|&quot;)[A-Za-z0-9$]", First.Other, _ => "``"),
        new(@"""|&quot;", First.Other, _ => "''"),
        new($@"''|{Apostrophe}|[`\u0082\u0084\u0091-\u0094\u2018-\u201F\u2039\u203A\u00AB\u00BB]{{1,2}}",
            First.Other, Quotes),
        new(@"<|&lt;", First.Other, _ => "<", IgnoreCase: true),
        new(@">|&gt;", First.Other, _ => ">", IgnoreCase: true),
        new(@"[(){}\[\]]", First.Other, Brackets),
        new(@"\.{3,5}|(?:\.[ \u00A0]){2,4}\.|[\u0085\u2026]", First.Other, _ => "..."),
        new(@"@+|\#+|_+|\*+|(?:\\\*){1,3}", First.Other),
        new(@"[,;:\u3001]", First.Other),
        new(@"[?!]+", First.Other),
        new(@"[.\u00A1\u00BF\u037E\u0589\u061F\u06D4\u0700-\u0702\u07FA\u3002]", First.Other),
        new(@"[=/]", First.Other),
        new(@"-+", First.Other, text => text.Length is 3 or 4 ? "--" : text),
        new(@"[\u0096\u0097\u2012-\u2015]", First.Other, _ => "--"),
        new(@"[+%&~^|\\\u00A6-\u00A9\u00AC\u00AE-\u00BA\u00D7\u00F7\u0387\u05BE\u05C0\u05C3\u05C6\u05F3\u05F4"
            + @"\u0600-\u0603\u0606-\u060A\u060C\u0614\u061B\u061E\u066A\u066D\u0703-\u070D\u07F6-\u07F8\u0964\u0965"
            + @"\u0E4F\u1FBD\u2016\u2017\u2020-\u2023\u2030-\u2038\u203B\u203E-\u2042\u2044\u207A-\u207F\u208A-\u208E"
            + @"\u2100-\u214F\u2190-\u2BFF\u3012\u30FB\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]",
            First.Other),
    ];

    /// <summary>What a rule's match may begin with; it saves trying the others.</summary>
    [Flags]
    private enum First
    {
        Letter = 1,
        Digit = 2,
        Other = 4,
        Any = Letter | Digit | Other,
    }

    /// <summary>True for characters that part tokens and are none themselves.</summary>
    public static bool IsBlank(char c) => char.IsWhiteSpace(c) && c != '\u0085';

    /// <summary>True for the words of letters alone that are written as one and counted as two.</summary>
    public static bool IsContraction(ReadOnlySpan<char> word) =>
        word.Length is 5 or 6
        && (word.Equals("cannot", StringComparison.OrdinalIgnoreCase)
            || word.Equals("gonna", StringComparison.OrdinalIgnoreCase)
            || word.Equals("wanna", StringComparison.OrdinalIgnoreCase)
            || word.Equals("gotta", StringComparison.OrdinalIgnoreCase)
            || word.Equals("lemme", StringComparison.OrdinalIgnoreCase)
            || word.Equals("gimme", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The token at a position and how far to go on; a null token for a character that no rule knows, which is dropped.
    /// </summary>
    /// <param name="text">One caption and its closing line end.</param>
    /// <param name="position">Where a token begins.</param>
    public static (string? Token, int Length) Match(string text, int position)
    {
        var c = text[position];
        var first = char.IsAsciiLetter(c) ? First.Letter : char.IsAsciiDigit(c) ? First.Digit
            : c < 0x80 ? First.Other : First.Any;
        Match? best = null;
        Rule? bestRule = null;
        foreach (var rule in _rules)
        {
            if ((rule.First & first) == 0)
                continue;
            var match = rule.Regex.Match(text, position);
            if (match.Success && match.Length > (best?.Length ?? 0))
                (best, bestRule) = (match, rule);
        }
        if (best is null)
            return (null, 1);
        var token = best.Groups["t"] is { Success: true } group ? group.Value : best.Value;
        var length = token.Length - (bestRule!.RepeatStop ? 1 : 0);
        if (token.Trim('\u00AD').Length == 0)
            return ("-", length);
        return (bestRule.Print(token).Replace("\u00AD", ""), length);
    }

    private static string Straight(string token) =>
        token.Replace("&apos;", "'").Replace('\u0092', '\'').Replace('\u2019', '\'');

    private static string Brackets(string token) => token
        .Replace("(", "-LRB-").Replace(")", "-RRB-").Replace("[", "-LSB-").Replace("]", "-RSB-")
        .Replace("{", "-LCB-").Replace("}", "-RCB-");

    private static string Quotes(string token) => string.Concat(Straight(token).Select(c => c switch
    {
        '\u0082' or '\u0091' or '\u2018' or '\u201A' or '\u201B' or '\u2039' => "`",
        '\u203A' => "'",
        '\u0084' or '\u0093' or '\u201C' or '\u201E' or '\u201F' or '\u00AB' => "``",
        '\u0094' or '\u201D' or '\u00BB' => "''",
        _ => c.ToString(),
    }));

    private static string Currency(string token) => token[0] switch
    {
        '\u00A2' => "cents",
        '\u00A3' => "#",
        '\u0080' or '\u00A4' or '\u20A0' or '\u20AC' or '\u20B9' => "$",
        _ => token,
    };

    private static string Fraction(string token) => token[0] switch
    {
        '\u00BC' => "1/4",
        '\u00BD' => "1/2",
        '\u00BE' => "3/4",
        '\u2153' => "1/3",
        '\u2154' => "2/3",
        '\u2155' => "1/5",
        '\u2156' => "2/5",
        '\u2157' => "3/5",
        '\u2158' => "4/5",
        '\u2159' => "1/6",
        '\u215A' => "5/6",
        '\u215B' => "1/8",
        '\u215C' => "3/8",
        '\u215D' => "5/8",
        _ => "7/8",
    };

    private sealed record Rule(
        string Pattern, First First, Func<string, string>? Printer = null, bool IgnoreCase = false,
        bool RepeatStop = false)
    {
        public Regex Regex { get; } = new(@"\G(?:" + Pattern + ")",
            RegexOptions.CultureInvariant | (IgnoreCase ? RegexOptions.IgnoreCase : RegexOptions.None));

        public string Print(string token) => Printer is null ? Straight(token) : Printer(token);
    }
}
