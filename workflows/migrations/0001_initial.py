import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('viewflow', '0015_task_scheduled'),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseProcess',
            fields=[
            ],
            options={
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('viewflow.process',),
        ),
        migrations.CreateModel(
            name='StepPace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('policy', models.SlugField(max_length=40, verbose_name='政策')),
                ('step', models.SlugField(max_length=40, verbose_name='环节')),
                ('spans', models.PositiveIntegerField(verbose_name='办结次数')),
                ('median', models.DecimalField(decimal_places=1, max_digits=6, verbose_name='用时中位数（工作日）')),
                ('limited', models.PositiveIntegerField(verbose_name='有期限的次数')),
                ('kept', models.PositiveIntegerField(verbose_name='按时次数')),
                ('made_on', models.DateField(verbose_name='统计日期')),
            ],
            options={
                'verbose_name': '环节实际用时',
                'verbose_name_plural': '环节实际用时',
                'ordering': ('policy', 'step'),
                'constraints': [models.UniqueConstraint(fields=('policy', 'step'), name='one_pace_per_step')],
            },
        ),
        migrations.CreateModel(
            name='TakeBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('node', models.SlugField(max_length=40, verbose_name='环节')),
                ('before', models.JSONField(verbose_name='办理前')),
                ('first_event', models.PositiveIntegerField(verbose_name='首个事件')),
                ('last_event', models.PositiveIntegerField(verbose_name='末个事件')),
                ('made_at', models.DateTimeField(auto_now=True, verbose_name='时间')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='经办人')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='take_back', to='core.case', verbose_name='办件')),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='viewflow.task')),
            ],
            options={
                'verbose_name': '可撤回的办理',
                'verbose_name_plural': '可撤回的办理',
            },
        ),
        migrations.CreateModel(
            name='OpenStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('policy', models.SlugField(max_length=40, verbose_name='政策')),
                ('node', models.SlugField(max_length=40, verbose_name='环节')),
                ('title', models.CharField(max_length=40, verbose_name='环节名称')),
                ('public_title', models.CharField(max_length=40, verbose_name='公开名称')),
                ('waiting', models.CharField(choices=[('officer', '经办部门'), ('applicant', '申请人'), ('recommender', '推荐单位'), ('employer', '用人单位'), ('university', '派出单位'), ('parties', '协议三方'), ('system', '到期自动办理')], max_length=12, verbose_name='等待')),
                ('role', models.CharField(blank=True, max_length=40, verbose_name='岗位')),
                ('opened_at', models.DateTimeField(auto_now_add=True, verbose_name='到达时间')),
                ('claimed_at', models.DateTimeField(null=True, verbose_name='领取时间')),
                ('due_on', models.DateField(null=True, verbose_name='环节期限')),
                ('warn_on', models.DateField(null=True, verbose_name='提醒日')),
                ('warned_at', models.DateTimeField(null=True, verbose_name='已提醒')),
                ('escalated_at', models.DateTimeField(null=True, verbose_name='已上报')),
                ('escalated_to', models.CharField(blank=True, max_length=120, verbose_name='上报给')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='open_steps', to='core.case', verbose_name='办件')),
                ('on_behalf_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='被代理人')),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation', verbose_name='单位')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='open_steps', to=settings.AUTH_USER_MODEL, verbose_name='经办人')),
                ('task', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='open_step', to='viewflow.task')),
            ],
            options={
                'verbose_name': '在办环节',
                'verbose_name_plural': '在办环节',
                'ordering': ('due_on', 'pk'),
                'indexes': [models.Index(fields=['organisation', 'role', 'due_on', 'id'], name='step_to_claim'), models.Index(fields=['organisation', 'due_on', 'id'], name='step_by_due'), models.Index(fields=['organisation', 'warn_on', 'due_on'], name='step_by_warning'), models.Index(fields=['owner', 'due_on', 'id'], name='step_by_owner'), models.Index(fields=['case'], name='step_by_case')],
            },
        ),
        migrations.CreateModel(
            name='StepSpan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('policy', models.SlugField(max_length=40, verbose_name='政策')),
                ('step', models.SlugField(max_length=40, verbose_name='环节')),
                ('title', models.CharField(max_length=40, verbose_name='环节名称')),
                ('officer', models.BooleanField(verbose_name='经办部门环节')),
                ('opened_on', models.DateField(verbose_name='到达日期')),
                ('closed_on', models.DateField(verbose_name='办结日期')),
                ('due_on', models.DateField(null=True, verbose_name='环节期限')),
                ('days', models.PositiveSmallIntegerField(verbose_name='用时（工作日）')),
                ('kept', models.BooleanField(null=True, verbose_name='按时')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spans', to='core.case', verbose_name='办件')),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation', verbose_name='单位')),
                ('task', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='span', to='viewflow.task')),
            ],
            options={
                'verbose_name': '已办环节',
                'verbose_name_plural': '已办环节',
                'ordering': ('-closed_on', '-pk'),
                'indexes': [models.Index(fields=['policy', 'closed_on'], name='span_by_close'), models.Index(fields=['case', 'step'], name='span_by_case')],
            },
        ),
        migrations.CreateModel(
            name='GreenChannelProcess',
            fields=[
            ],
            options={
                'verbose_name': '直通车流程',
                'verbose_name_plural': '直通车流程',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('workflows.caseprocess',),
        ),
        migrations.CreateModel(
            name='HousingProcess',
            fields=[
            ],
            options={
                'verbose_name': '人才安居流程',
                'verbose_name_plural': '人才安居流程',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('workflows.caseprocess',),
        ),
        migrations.CreateModel(
            name='PlacementProcess',
            fields=[
            ],
            options={
                'verbose_name': '校聘企用流程',
                'verbose_name_plural': '校聘企用流程',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('workflows.caseprocess',),
        ),
    ]
