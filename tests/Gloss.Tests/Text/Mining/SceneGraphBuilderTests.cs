using Gloss.Text.Mining;
using Gloss.Text.Parsing;

namespace Gloss.Tests.Text.Mining;

/// <summary>The rules on given trees, so that they do not depend on a trained parser.</summary>
public sealed class SceneGraphBuilderTests
{
    [Fact]
    public void Build_GroupOfPeople_GivesPeople()
    {
        var graph = Build(
            "a DT det 2", "large JJ amod 2", "group NN nsubj 6", "of IN case 4", "people NNS nmod 2", "in IN case 6",
            "park NN root -1");
        Assert.Equal([("group", "none"), ("people", "Object"), ("park", "Scene")], Entities(graph));
        Assert.Equal(["people · in · park"], Relations(graph));
    }

    [Fact]
    public void Build_PassiveWithAgent_TurnsItRound()
    {
        var graph = Build(
            "a DT det 1", "woman NN nsubj:pass 3", "is VBZ aux:pass 3", "spattered VBN root -1", "by IN case 6",
            "red JJ amod 6", "paint NN obl 3");
        Assert.Equal(["spatter(paint, woman)"], Actions(graph));
        Assert.Equal(["paint · spatter · woman"], Relations(graph));
        Assert.Equal(["red"], graph.Entities[1].Attributes.Select(a => a.Name));
    }

    [Fact]
    public void Build_GetsSomethingDone_TheThingIsDone()
    {
        var graph = Build(
            "woman NN nsubj 1", "gets VBZ root -1", "her PRP$ nmod:poss 3", "car NN obj 1", "washed VBN xcomp 1",
            "by IN case 6", "boy NN obl 4");
        Assert.Equal(["wash(boy, car)"], Actions(graph));
    }

    [Fact]
    public void Build_ArmInArm_IsNoTag()
    {
        var graph = Build(
            "girls NNS nsubj 1", "walk VBP root -1", "arm NN obl 1", "in IN case 4", "arm NN nmod 2", "on IN case 6",
            "beach NN obl 1");
        Assert.Equal([("girl", "Object"), ("arm", "none"), ("arm", "none"), ("beach", "Scene")], Entities(graph));
        Assert.Contains("girl · walk on · beach", Relations(graph));
        var held = Build("baby NN nsubj 1", "sleeps VBZ root -1", "in IN case 3", "arm NN obl 1");
        Assert.Equal([("baby", "Object"), ("arm", "Object")], Entities(held));
    }

    [Fact]
    public void Build_CoordinatedSubjectsAndObjects_GivesEachPair()
    {
        var graph = Build(
            "man NN nsubj 3", "and CC cc 2", "woman NN conj 0", "hold VBP root -1", "flowers NNS obj 3", "and CC cc 6",
            "balloons NNS conj 4");
        Assert.Equal(
            ["hold(man, flower)", "hold(man, balloon)", "hold(woman, flower)", "hold(woman, balloon)"], Actions(graph));
    }

    [Fact]
    public void Build_InfinitiveAndRelativeClause_FillsInTheSubject()
    {
        var tries = Build(
            "man NN nsubj 1", "tries VBZ root -1", "to TO mark 3", "catch VB xcomp 1", "ball NN obj 3");
        Assert.Equal(["try(man, )", "catch(man, ball)"], Actions(tries));
        var machine = Build("machine NN root -1", "that WDT nsubj 2", "minces VBZ acl:relcl 0", "meat NN obj 2");
        Assert.Equal(["mince(machine, meat)"], Actions(machine));
    }

    [Fact]
    public void Build_AboutToAndGettingReady_KnowWhoItIs()
    {
        var about = Build(
            "man NN nsubj 2", "is VBZ cop 2", "about RB root -1", "to TO mark 4", "dive VB advcl 2", "into IN case 6",
            "pool NN obl 4");
        Assert.Equal(["dive(man, )"], Actions(about));
        Assert.Equal(["man · dive into · pool"], Relations(about));
        var ready = Build("kids NNS root -1", "getting VBG acl 0", "ready JJ xcomp 1", "for IN case 4",
            "match NN obl 2");
        Assert.Empty(Actions(ready));
        Assert.Equal(["kid · ready for · match"], Relations(ready));
        var full = Build("box NN root -1", "that WDT nsubj 3", "is VBZ cop 3", "full JJ acl:relcl 0", "of IN case 5",
            "toys NNS obl 3");
        Assert.Equal(["box · full of · toy"], Relations(full));
    }

    [Fact]
    public void Build_GetBeforeParticiple_IsNoActionOfItsOwn()
    {
        var graph = Build("kids NNS root -1", "getting VBG acl 0", "splashed VBN acl 0", "by IN case 4",
            "hose NN obl 2");
        Assert.Equal(["splash(hose, kid)"], Actions(graph));
    }

    [Fact]
    public void Build_VerbBehindAnArticle_IsTheNounItStandsFor()
    {
        var graph = Build("girl NN nsubj 1", "slides VBZ root -1", "on IN case 4", "a DT det 4", "sled VBN obl 1");
        Assert.Equal([("girl", "Object"), ("sled", "Object")], Entities(graph));
        Assert.Equal(["slide(girl, )"], Actions(graph));
        Assert.Equal(["girl · slide on · sled"], Relations(graph));
    }

    [Fact]
    public void Build_QuantifierAlone_IsWhoActs()
    {
        var graph = Build("a DT det 1", "couple NN nsubj 2", "dances VBZ root -1");
        Assert.Equal([("couple", "Object")], Entities(graph));
        Assert.Equal(["dance(couple, )"], Actions(graph));
    }

    [Fact]
    public void Build_PhraseBehindWhatIsNoThing_BelongsToTheVerb()
    {
        var pose = Build(
            "man NN nsubj 1", "poses VBZ root -1", "for IN case 4", "a DT det 4", "picture NN obl 1", "in IN case 7",
            "the DT det 7", "snow NN nmod 4");
        Assert.Equal(["man · pose for · picture", "man · pose in · snow"], Relations(pose).Order());
        var plane = Build(
            "plane NN nsubj 4", "is VBZ cop 4", "in IN case 4", "the DT det 4", "air NN root -1", "over IN case 7",
            "a DT det 7", "field NN nmod 4");
        Assert.Equal(["plane · in · air", "plane · over · field"], Relations(plane).Order());
    }

    [Fact]
    public void Build_ParticleThatTheParserTookForAPhrase_StaysWithItsVerb() =>
        Assert.Equal(["look on(people, )"], Actions(Build("people NNS nsubj 1", "look VBP root -1", "on RP obl 1")));

    [Fact]
    public void Build_PhraseHungOnTheNearestWord_BelongsWhereAReaderHangsIt()
    {
        IEnumerable<string> Of(params string[] lines) => Relations(Build(lines));
        string[] waits = ["man NN nsubj 1", "waits VBZ root -1", "at IN case 4", "bus NN compound 4", "stop NN obl 1",
            "in IN case 6", "rain NN nmod 4"];
        Assert.Equal(["man · wait at · bus stop", "man · wait in · rain"], Of(waits));
        Assert.Equal(["girl · do · handstand", "girl · do against · wall"],
            Of("girl NN nsubj 1", "does VBZ root -1", "handstand NN obj 1", "against IN case 4", "wall NN nmod 2"));
        Assert.Equal(["man · help · woman", "man · in · uniform"], Of(
            "woman NN nsubj:pass 2", "is VBZ aux:pass 2", "helped VBN root -1", "by IN case 4", "man NN obl 2",
            "in IN case 6", "uniform NN obl 2"));
        Assert.Equal(["man · with · hat", "hat · on · head"], Of(
            "man NN nsubj 1", "plays VBZ root -1", "with IN case 3", "hat NN obl 1", "on IN case 6",
            "his PRP$ nmod:poss 6", "head NN obl 1"));
        Assert.Equal(["cup · of · coffee", "cup · on · tray"], Of(
            "cup NN root -1", "of IN case 2", "coffee NN nmod 0", "on IN case 4", "tray NN nmod 2"));
        Assert.Equal(["cow · graze on · hill", "mountain · in · background"], Of(
            "cows NNS nsubj 1", "graze VBP root -1", "on IN case 3", "hill NN obl 1", "with IN case 5",
            "mountains NNS obl 1", "in IN case 8",
            "the DT det 8", "background NN obl 1"));
    }

    [Fact]
    public void Build_ListsAndCompounds_AreWhole()
    {
        Assert.Equal(["room · with · sink", "room · with · mirror", "room · with · tub"], Relations(Build(
            "room NN root -1", "with IN case 2", "sink NN nmod 0", ", , punct 4", "mirror NN appos 0", "and CC cc 6",
            "tub NN conj 2")));
        Assert.Equal(["tower · with · weather vane"], Relations(Build(
            "tower NN root -1", "with IN case 3", "a DT det 3", "weather NN compound 4", "vane NN nmod 0")));
        var bus = Build("red JJ amod 3", "double JJ amod 3", "decker NN compound 3", "bus NN root -1");
        Assert.Equal(("double decker bus", "red"), (bus.Entities[0].Head, bus.Entities[0].Attributes.Single().Name));
    }

    [Fact]
    public void Build_ParticipleBehindAThing_BelongsToIt()
    {
        var bird = Build("bird NN root -1", "sits VBZ acl 0", "on IN case 3", "branch NN obl 1", "with IN case 6",
            "its PRP$ nmod:poss 6",
            "wings NNS obl 1", "spread VBP acl 3");
        Assert.Equal(["spread"], bird.Entities[2].Attributes.Select(a => a.Name));
        Assert.Equal(["sit(bird, )"], Actions(bird));
        var skiers = Build("mountain NN root -1", "with IN case 2", "skiers NNS nmod 0", "going VBG acl 0",
            "up RB advmod 3");
        Assert.Equal(["go(skier, )"], Actions(skiers));
        Assert.Equal(["put on(boy, shoe)"], Actions(Build(
            "boy NN nsubj 1", "puts VBZ root -1", "on IN case 4", "his PRP$ nmod:poss 4", "shoes NNS obl 1")));
    }

    [Fact]
    public void Build_Water_IsAPlaceOnlyWhereOneIsInIt()
    {
        Assert.Equal([("dog", "Object"), ("water", "Scene")],
            Entities(Build("dog NN nsubj 1", "stands VBZ root -1", "in IN case 3", "water NN obl 1")));
        Assert.Equal([("glass", "Object"), ("water", "Object")],
            Entities(Build("glass NN root -1", "of IN case 2", "water NN nmod 0")));
        Assert.Equal([("body", "Object"), ("water", "Scene")],
            Entities(Build("body NN root -1", "of IN case 2", "water NN nmod 0")));
    }

    [Fact]
    public void Build_NumberOfPeople_ArePeople()
    {
        Assert.Equal(["wear(child, hat)"], Actions(Build("two CD nsubj 4", "of IN case 3", "the DT det 3",
            "children NNS nmod 0",
            "wear VBP root -1", "hats NNS obj 4")));
        Assert.Equal(["wear(child, hat)"], Actions(Build("some DT root -1", "of IN case 3", "the DT det 3",
            "children NNS nmod 0",
            "wearing VBG acl 0", "hats NNS obj 4")));
    }

    [Fact]
    public void Build_TakesAPictureOfSomething_ThePictureIsTaken()
    {
        var graph = Build("man NN nsubj 1", "takes VBZ root -1", "picture NN obj 1", "of IN case 5", "a DT det 5",
            "tower NN nmod 2");
        Assert.Equal(["take(man, picture)"], Actions(graph));
        Assert.Equal(["man · take · picture"], Relations(graph));
        Assert.Equal(["run(dog, )"], Actions(Build("picture NN root -1", "of IN case 2", "dog NN nmod 0",
            "running VBG acl 0")));
    }

    [Fact]
    public void Build_PhraseWithBy_IsWhoActsOrWhereItIs()
    {
        Assert.Equal(["lead(farmer, sheep)"], Actions(Build("sheep NN nsubj:pass 2", "are VBP aux:pass 2",
            "led VBN root -1",
            "down IN case 4", "road NN obl 2", "by IN case 6", "farmer NN nmod 4")));
        var parked = Build("car NN root -1", "parked VBN acl 0", "by IN case 3", "wall NN obl 1");
        Assert.Equal(["park(, car)"], Actions(parked));
        Assert.Equal(["car · park by · wall"], Relations(parked));
    }

    [Fact]
    public void Build_ParticipleBehindAPlace_BelongsToWhoIsThere()
    {
        Assert.Equal(["lean(man, )", "read(man, newspaper)"], Actions(Build("man NN root -1", "leaning VBG acl 0",
            "against IN case 3",
            "wall NN obl 1", "reading VBG acl 3", "newspaper NN obj 4")));
        Assert.Equal(["hide(, cat)", "look(cat, )"], Actions(Build("cat NN root -1", "hidden VBN acl 0",
            "behind IN case 3", "fence NN obl 1",
            "looking VBG acl 3", "up RB advmod 4")));
        Assert.Equal(["read(sign, word)"], Actions(Build("man NN root -1", "with IN case 2", "sign NN nmod 0",
            "reading VBG acl 2",
            "words NNS obj 3")));
    }

    [Fact]
    public void Build_TopThatIsWorn_IsAThingInTheList()
    {
        var graph = Build("girl NN nsubj 7", "in IN case 2", "pants NNS nmod 0", "and CC cc 6", "a DT det 6",
            "white JJ amod 6", "top NN nsubj 7",
            "stands VBZ root -1", "with IN case 10", "a DT det 10", "dog NN nmod 6");
        Assert.Equal([("girl", "Object"), ("pants", "Object"), ("top", "Object"), ("dog", "Object")], Entities(graph));
        Assert.Equal(["stand(girl, )"], Actions(graph));
        Assert.Equal(["girl · in · pants", "girl · in · top", "girl · with · dog"], Relations(graph).Order());
        Assert.Equal([("top", "none"), ("hill", "Scene")], Entities(Build("on IN case 1", "top NN root -1",
            "of IN case 3", "hill NN nmod 1")));
    }

    [Fact]
    public void Build_WordThatTheParserTookForAnother_IsReadByItsPlace()
    {
        Assert.Equal(["attend(artist, premiere)"], Actions(Build("artist NN nsubj 1", "attends VBZ root -1",
            "the DT det 3", "premiere NN xcomp 1")));
        Assert.Equal([("clown", "Object"), ("fair", "Scene")], Entities(Build("clown NN root -1", "at IN case 3",
            "the DT det 3", "fair JJ nmod 0")));
        Assert.Equal([("half", "none"), ("orange", "Object")], Entities(Build("half NN root -1", "of IN case 3",
            "an DT det 3", "orange NN nmod 0")));
        Assert.Equal(["diner"], Build("a DT det 2", "1950s NN compound 2", "diner NN root -1").Entities.Select(e =>
            e.Head));
    }

    [Fact]
    public void Build_WhatIsNotThere_IsNowhere() =>
        Assert.Empty(Relations(Build("no DT det 1", "cars NNS root -1", "on IN case 4", "the DT det 4",
            "road NN nmod 1")));

    [Fact]
    public void Build_PrepositionalVerb_GivesVerbWithPreposition()
    {
        var graph = Build(
            "dog NN nsubj 1", "sits VBZ root -1", "in IN case 4", "the DT det 4", "corner NN obl 1", "of IN case 7",
            "a DT det 7", "room NN nmod 4");
        Assert.Contains("dog · sit in the corner of · room", Relations(graph));
        Assert.Equal([("dog", "Object"), ("corner", "none"), ("room", "Scene")], Entities(graph));
    }

    [Fact]
    public void Build_MaterialAndNegation_AreAttributeAndNoTag()
    {
        var graph = Build(
            "man NN root -1", "without IN case 3", "a DT det 3", "shirt NN nmod 0", "near IN case 6",
            "brick NN compound 6",
            "building NN nmod 0");
        Assert.Equal([("man", "Object"), ("shirt", "none"), ("building", "Object")], Entities(graph));
        Assert.Equal(["brick"], graph.Entities[2].Attributes.Select(a => a.Name));
    }

    private static SceneGraph Build(params string[] words)
    {
        var tokens = new List<Token>();
        var tags = new List<PosTag>();
        var heads = new List<int>();
        var relations = new List<string>();
        var at = 0;
        foreach (var parts in words.Select(w => w.Split(' ')))
        {
            tokens.Add(new Token(parts[0], at, at + parts[0].Length));
            at += parts[0].Length + 1;
            var universal = parts[1] switch
            {
                "NN" or "NNS" => PartOfSpeech.Noun,
                "JJ" => PartOfSpeech.Adj,
                "IN" or "RP" => PartOfSpeech.Adp,
                "RB" => PartOfSpeech.Adv,
                "DT" => PartOfSpeech.Det,
                "CC" => PartOfSpeech.Cconj,
                "CD" => PartOfSpeech.Num,
                "TO" => PartOfSpeech.Part,
                "WDT" or "PRP$" => PartOfSpeech.Pron,
                "," => PartOfSpeech.Punct,
                _ when parts[2].StartsWith("aux", StringComparison.Ordinal) => PartOfSpeech.Aux,
                _ => PartOfSpeech.Verb,
            };
            tags.Add(new PosTag(universal, parts[1]));
            relations.Add(parts[2]);
            heads.Add(int.Parse(parts[3]));
        }
        var lemmas = tokens.Select((t, i) => Lemmatizer.Default.Lemmatize(t.Text, tags[i])).ToList();
        var caption = string.Join(' ', tokens.Select(t => t.Text));
        return SceneGraphBuilder.Build(caption, [new ParsedSentence(tokens, tags, lemmas, heads, relations)]);
    }

    private static IEnumerable<(string, string)> Entities(SceneGraph graph) =>
        graph.Entities.Select(e => (e.Head, e.Type?.ToString() ?? "none"));

    private static IEnumerable<string> Actions(SceneGraph graph) =>
        graph.Actions.Select(a => $"{a.Name}({Name(graph, a.Subject)}, {Name(graph, a.Object)})");

    private static IEnumerable<string> Relations(SceneGraph graph) =>
        graph.Relations.Select(r => $"{Name(graph, r.Subject)} · {r.Predicate} · {Name(graph, r.Object)}");

    private static string Name(SceneGraph graph, int? entity) => entity is { } index ? graph.Entities[index].Head : "";
}
