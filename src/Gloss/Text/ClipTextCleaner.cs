using Gloss.Text.Unicode;

namespace Gloss.Text;

/// <summary>
/// What CLIP does to a text before cutting it: broken Unicode repaired, HTML entities resolved twice, runs of white
/// space made one space, lower case.
/// </summary>
internal static class ClipTextCleaner
{
    public static string Clean(string text)
    {
        text = TextRepair.Repair(text);
        text = HtmlEntities.Unescape(HtmlEntities.Unescape(text));
        return LowerCase.Of(WhiteSpace.Strip(WhiteSpace.Collapse(WhiteSpace.Strip(text), minimum: 1)));
    }
}
